import Platform
import Recognition
import Records

/// The summary of a run: its report, and what only the command knows. Written as text and JSON, and as metrics.
public struct Summary: Sendable {
  public var report: RunReport
  /// Entries of folders and archives that were passed over.
  public var ignored = IgnoredKinds()
  /// The values that were chosen for the run, such as `("decoders", "2")`, in the order in which they are printed.
  public var choices: [Choice] = []
  public var networks: [RunNetwork] = []
  /// Whether a light model went first.
  public var isCascade = false
  public var usage: ProcessUsage

  public struct Choice: Sendable, Equatable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  public init(
    _ report: RunReport, ignored: IgnoredKinds = IgnoredKinds(), choices: [Choice] = [], isCascade: Bool = false,
    usage: ProcessUsage = .current
  ) {
    self.report = report
    self.ignored = ignored
    self.choices = choices
    self.isCascade = isCascade
    self.usage = usage
  }

  /// Images that a cascade's light model answered in this run.
  public var exitedEarly: Int { max(0, report.ok - report.cached - report.escalated) }

  private var isInterrupted: Bool { report.stop == .interrupted }

  /// Each stage with its busy seconds and its share of all stages' busy time, 0 to 1.
  var stages: [(name: String, seconds: Double, share: Double)] {
    let total = report.stages.reduce(0) { $0 + $1.seconds }
    return report.stages.map { ($0.name, $0.seconds, total > 0 ? $0.seconds / total : 0) }
  }

  /// The failures, the most frequent first.
  var sortedFailures: [(code: Failure.Code, count: Int)] {
    report.failures.map { ($0.key, $0.value) }.sorted { ($1.1, $0.0.rawValue) < ($0.1, $1.0.rawValue) }
  }
}

extension Summary {
  /// The metrics of the run as a file for Prometheus' textfile collector.
  public func metrics(version: String, command: String) -> [UInt8] {
    var run = RunMeasurements(report, version: version, command: command, usage: usage)
    run.ignored = ignored
    run.choices = choices
    run.networks = networks
    return run.text(.text)
  }

  /// The summary for people: one line, and one of what was passed over. `details` adds what was chosen and what it cost.
  public func text(details: Bool = false, _ style: TerminalStyle = .plain) -> String {
    var lines = [SummaryLine(report).text(style)]
    if ignored.total > 0 { lines.append(TerminalText.escaped("ignored: \(ignored.text)")) }
    if details {
      lines += self.details.map(TerminalText.escaped)
    } else if report.tripCount > 0 {
      // A run that did not keep its first model says so.
      lines += breakerLines.map(TerminalText.escaped)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Shares of the stages, second models, choices and costs, one line each.
  private var details: [String] {
    var lines: [String] = []
    let busy = stages.filter { $0.share >= 0.005 }.map { "\($0.name) \(fixed($0.share * 100, 0)) %" }
    lines.append("speed: " + (["\(fixed(report.megapixelsPerSecond, 1)) MP/s"] + busy).joined(separator: ", "))
    if report.similar > 0 { lines.append("similar: \(SummaryLine.count(report.similar)) took the answer of another") }
    if isCascade {
      lines.append("cascade: \(exitedEarly) of \(exitedEarly + report.escalated) exited early")
    }
    lines += breakerLines
    if report.storeFaults > 0 { lines.append("cache: " + SummaryLine.counted(report.storeFaults, "fault")) }
    if !choices.isEmpty { lines.append("chosen: " + choices.map { "\($0.name) \($0.value)" }.joined(separator: ", ")) }
    var cost: [String] = []
    if report.batches.count > 0 { cost.append("mean batch \(fixed(report.batches.mean, 1))") }
    if usage.cpuSeconds > 0 { cost.append("CPU \(fixed(usage.cpuSeconds, 1)) s") }
    if usage.peakMemory > 0 { cost.append("peak memory \(usage.peakMemory >> 20) MiB") }
    if !cost.isEmpty { lines.append("cost: " + cost.joined(separator: ", ")) }
    return lines
  }

  /// The summary as one line of JSON.
  public var json: [UInt8] {
    var json = JSONWriter()
    func count(_ name: String, _ value: Int) {
      json.key(name)
      json.number(value)
    }
    func real(_ name: String, _ value: Double, _ decimals: Int) {
      json.key(name)
      json.number(value, decimals: decimals)
    }
    json.beginObject()
    json.key("schema")
    json.string("imgrec-summary/1")
    json.key("interrupted")
    json.bool(isInterrupted)
    count("inputs", report.inputs)
    count("ok", report.ok)
    count("failed", report.failed)
    count("skipped", report.skipped)
    count("cached", report.cached)
    count("similar", report.similar)
    if isCascade {
      count("exited_early", exitedEarly)
      count("went_on", report.escalated)
    }
    count("fell_back", report.fallbacks)
    count("breaker_openings", report.tripCount)
    if !report.breakers.isEmpty {
      json.key("breakers")
      writeBreakers(to: &json)
    }
    count("cache_faults", report.storeFaults)
    count("warned", report.warned)
    count("ignored", ignored.total)
    json.key("ignored_kinds")
    json.beginObject()
    for entry in ignored.sorted { count(entry.kind, entry.count) }
    json.endObject()
    json.key("failures")
    json.beginObject()
    for failure in sortedFailures { count(failure.code.rawValue, failure.count) }
    json.endObject()
    count("bytes", report.bytesRead)
    count("pixels", report.pixels)
    real("wall_seconds", report.wallSeconds, 3)
    real("cpu_seconds", usage.cpuSeconds, 3)
    real("images_per_second", report.imagesPerSecond, 2)
    real("megapixels_per_second", report.megapixelsPerSecond, 2)
    json.key("stages")
    json.beginObject()
    for stage in stages {
      json.key(stage.name)
      json.beginObject()
      real("seconds", stage.seconds, 3)
      real("share", stage.share, 3)
      json.endObject()
    }
    json.endObject()
    count("batches", report.batches.count)
    real("mean_batch", report.batches.mean, 2)
    count("peak_memory_bytes", usage.peakMemory)
    json.key("choices")
    json.beginObject()
    for choice in choices {
      json.key(choice.name)
      json.string(choice.value)
    }
    json.endObject()
    json.endObject()
    return json.out.bytes + [UInt8(ascii: "\n")]
  }
}
