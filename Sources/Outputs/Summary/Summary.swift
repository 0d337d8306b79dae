import Platform
import Recognition
import Records

/// What a run came to. `inputs = ok + failed + skipped`; `cached` is a part of `ok`.
public struct Summary: Sendable {
  public var inputs = 0
  public var ok = 0
  public var failed = 0
  /// Inputs that an interrupted run dropped, or a resumed one had already.
  public var skipped = 0
  public var cached = 0
  /// The part of `cached` that is of images which look like an earlier one.
  public var similar = 0
  /// Images that a cascade's light model left to the heavy one.
  public var escalated = 0
  /// Images that a fallback answered, and how often the model was left alone.
  public var fallbacks = 0
  public var tripCount = 0
  /// Look-ups and writes that a store could not do.
  public var storeFaults = 0
  /// Images that decoded with warnings.
  public var warned = 0
  /// Entries of folders that are not images.
  public var ignored = 0
  public var failures: [Failure.Code: Int] = [:]
  /// Bytes read, and pixels of the images that were recognised, as far as they were not cached.
  public var bytes = 0
  public var pixels = 0
  public var wallSeconds = 0.0
  public var cpuSeconds = 0.0
  /// Seconds that the workers of each stage were busy, in the order of the pipeline.
  public var stages: [StageTime] = []
  public var batches = 0
  /// Images that went through the network in these batches.
  public var batchedImages = 0
  /// Bytes of resident memory at the most.
  public var peakMemory = 0
  /// What ran, as `("engine", "opencv")`, in the order in which it is told.
  public var choices: [Choice] = []
  public var interrupted = false

  public struct StageTime: Sendable, Equatable {
    public var name: String
    public var seconds: Double

    public init(_ name: String, _ seconds: Double) {
      self.name = name
      self.seconds = seconds
    }
  }

  public struct Choice: Sendable, Equatable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Whether a light model went first.
  public var isCascade = false
  /// Images that the light model answered in this run.
  public var exitedEarly: Int { max(0, ok - cached - escalated) }

  public init() {}

  /// Counts one record.
  public mutating func count(_ outcome: Outcome) {
    inputs += 1
    if let failure = outcome.failure {
      failed += 1
      failures[failure.code, default: 0] += 1
      return
    }
    ok += 1
    if !outcome.warnings.isEmpty { warned += 1 }
    if outcome.cache == .hit || outcome.cache == .similar {
      cached += 1
    } else {
      bytes += outcome.facts.bytes ?? 0
      pixels += outcome.facts.size?.area ?? 0
    }
  }

  /// Counts inputs that left without a record.
  public mutating func skip(_ count: Int) {
    inputs += count
    skipped += count
  }

  /// Takes CPU time and peak memory of this process.
  public mutating func measureProcess() {
    var usage = rusage()
    // Linux counts kibibytes, Darwin bytes.
    #if canImport(Glibc)
      let who: __rusage_who_t = 0
      let unit = 1024
    #else
      let who = RUSAGE_SELF
      let unit = 1
    #endif
    guard getrusage(who, &usage) == 0 else { return }
    cpuSeconds = Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)
    peakMemory = Self.highWater ?? Int(usage.ru_maxrss) * unit
  }

  /// The most memory that this program had, in bytes; Linux counts what its parent had before exec into `ru_maxrss`.
  private static var highWater: Int? {
    guard let file = fopen("/proc/self/status", "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      guard strncmp(line, "VmHWM:", 6) == 0 else { continue }
      return line.withUnsafeBufferPointer { strtol($0.baseAddress! + 6, nil, 10) } * 1024
    }
    return nil
  }

  public var isConsistent: Bool {
    inputs == ok + failed + skipped && cached <= ok && failures.values.reduce(0, +) == failed
  }

  public var imagesPerSecond: Double { wallSeconds > 0 ? Double(ok + failed) / wallSeconds : 0 }
  public var megapixelsPerSecond: Double { wallSeconds > 0 ? Double(pixels) / 1e6 / wallSeconds : 0 }
  /// Images a batch, on average.
  public var meanBatch: Double { batches > 0 ? Double(batchedImages) / Double(batches) : 0 }

  /// Each stage's part of all stages' busy time, 0 to 1.
  public var shares: [StageTime] {
    let total = stages.reduce(0) { $0 + $1.seconds }
    return stages.map { StageTime($0.name, total > 0 ? $0.seconds / total : 0) }
  }

  /// The failures, the most frequent first.
  var sortedFailures: [(code: Failure.Code, count: Int)] {
    failures.map { ($0.key, $0.value) }.sorted { ($1.1, $0.0.rawValue) < ($0.1, $1.0.rawValue) }
  }

  private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}

extension Summary {
  /// Two to four lines for a person.
  public var text: String {
    var counts = ["\(ok) ok" + (cached > 0 ? " (\(cached) cached)" : "")]
    if warned > 0 { counts.append("\(warned) with warnings") }
    if failed > 0 { counts.append("\(failed) failed") }
    if skipped > 0 { counts.append("\(skipped) skipped") }
    if storeFaults > 0 { counts.append("\(storeFaults) cache faults") }
    if ignored > 0 { counts.append("\(ignored) other files ignored") }
    var lines = [
      (interrupted ? "interrupted: " : "") + "\(inputs) \(inputs == 1 ? "input" : "inputs"): "
        + counts.joined(separator: ", ")
    ]
    if failed > 0 {
      lines.append("failed: " + sortedFailures.map { "\($0.code.rawValue) \($0.count)" }.joined(separator: ", "))
    }
    var speed = [
      "\(fixed(wallSeconds, wallSeconds < 10 ? 2 : 1)) s, \(fixed(imagesPerSecond, 1)) images/s, "
        + "\(fixed(megapixelsPerSecond, 1)) MP/s"
    ]
    let busy = shares.filter { $0.seconds >= 0.005 }
    if !busy.isEmpty {
      speed.append(busy.map { "\($0.name) \(fixed($0.seconds * 100, 0)) %" }.joined(separator: ", "))
    }
    lines.append(speed.joined(separator: "; "))
    if isCascade {
      lines.append("cascade: \(exitedEarly) of \(exitedEarly + escalated) exited early")
    }
    if fallbacks > 0 {
      lines.append(
        "fallback: answered \(fallbacks), the model was given up \(tripCount) \(tripCount == 1 ? "time" : "times")")
    }
    var cost = choices.map { "\($0.name) \($0.value)" }
    if batches > 0 { cost.append("mean batch \(fixed(meanBatch, 1))") }
    if cpuSeconds > 0 { cost.append("CPU \(fixed(cpuSeconds, 1)) s") }
    if peakMemory > 0 { cost.append("peak memory \(peakMemory >> 20) MiB") }
    if !cost.isEmpty { lines.append(cost.joined(separator: ", ")) }
    return lines.map(TerminalText.escaped).joined(separator: "\n") + "\n"
  }

  /// One JSON object, ended by a line end.
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
    json.bool(interrupted)
    count("inputs", inputs)
    count("ok", ok)
    count("failed", failed)
    count("skipped", skipped)
    count("cached", cached)
    count("similar", similar)
    if isCascade {
      count("exited_early", exitedEarly)
      count("went_on", escalated)
    }
    count("fell_back", fallbacks)
    count("breaker_openings", tripCount)
    count("cache_faults", storeFaults)
    count("warned", warned)
    count("ignored", ignored)
    json.key("failures")
    json.beginObject()
    for failure in sortedFailures { count(failure.code.rawValue, failure.count) }
    json.endObject()
    count("bytes", bytes)
    count("pixels", pixels)
    real("wall_seconds", wallSeconds, 3)
    real("cpu_seconds", cpuSeconds, 3)
    real("images_per_second", imagesPerSecond, 2)
    real("megapixels_per_second", megapixelsPerSecond, 2)
    json.key("stages")
    json.beginObject()
    for (stage, share) in zip(stages, shares) {
      json.key(stage.name)
      json.beginObject()
      real("seconds", stage.seconds, 3)
      real("share", share.seconds, 3)
      json.endObject()
    }
    json.endObject()
    count("batches", batches)
    real("mean_batch", meanBatch, 2)
    count("peak_memory_bytes", peakMemory)
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
