import Platform
import Recognition

/// Everything that metrics show of a run, while it lasts or at its end.
public struct RunMeasurements: Sendable {
  public var report: RunReport
  /// The version of imgrec.
  public var version: String
  /// The command, such as "scan".
  public var command: String
  public var ignored = IgnoredKinds()
  public var choices: [Summary.Choice] = []
  public var networks: [RunNetwork] = []
  public var usage: ProcessUsage
  public var queue: QueueMeasurements?
  /// The state of the process, if the metrics are served. A file has none: the textfile collector adds its own.
  public var process: ProcessState?
  /// Whether the process is ready to work, if the metrics are served.
  public var isReady: Bool?

  public init(_ report: RunReport, version: String, command: String, usage: ProcessUsage = .current) {
    self.report = report
    self.version = version
    self.command = command
    self.usage = usage
  }
}

/// A network of a run.
public struct RunNetwork: Sendable, Equatable {
  public var task: TaskKind
  /// What it is for: `first`, `cascade`, `fallback`, or the name of a second stage.
  public var role: String
  public var name: String
  /// SHA-256 of its file, in hex.
  public var digest: String
  public var use: EngineUse

  public init(task: TaskKind, role: String, model: LoadedModel, use: EngineUse) {
    self.task = task
    self.role = role
    name = model.card.name
    digest = model.digest
    self.use = use
  }
}

/// A queue as a worker or a collector sees it.
public struct QueueMeasurements: Sendable, Equatable {
  /// The queue's name, without host and password.
  public var name: String
  /// nil if the queue does not answer.
  public var load: QueueLoad?

  public init(name: String, load: QueueLoad?) {
    self.name = name
    self.load = load
  }
}

extension RunMeasurements {
  /// The metrics as text.
  public func text(_ format: MetricsFormat) -> [UInt8] {
    var out = MetricsWriter(format)
    writeImages(&out)
    writeTimes(&out)
    writeNetworks(&out)
    writeCache(&out)
    if let queue { write(queue, &out) }
    writeRun(&out)
    if let process { write(process, &out) }
    return out.finished()
  }

  private func writeImages(_ out: inout MetricsWriter) {
    let states = [("ok", report.ok), ("failed", report.failed), ("skipped", report.skipped)]
    out.write(.images, states.map { ([("status", $0.0)], Double($0.1)) })
    if process != nil { out.write(.inFlight, report.inFlight) }
    // All codes from the start: a rate needs a first value.
    out.write(
      .failures,
      Failure.Code.allCases.map { ([("code", $0.rawValue)], Double(report.failures[$0, default: 0])) })
    out.write(.warned, report.warned)
    out.write(.similar, report.similar)
    out.write(.ignored, ignored.sorted.map { ([("kind", $0.kind)], Double($0.count)) })
    out.write(.readBytes, report.bytesRead)
    out.write(.pixels, report.pixels)
  }

  private func writeTimes(_ out: inout MetricsWriter) {
    out.write(.imageSeconds, [([], report.imageTimes)])
    out.write(
      .stageSeconds, WorkStage.allCases.map { ([("stage", MetricsWriter.name($0.name))], report.times(of: $0)) })
    out.write(.batchImages, [([], report.batches)])
  }

  private func writeNetworks(_ out: inout MetricsWriter) {
    let answers = report.answers.sorted { ($0.key.task.rawValue, $0.key.model) < ($1.key.task.rawValue, $1.key.model) }
    // An answer of a fallback counts in both.
    let all = Dictionary(answers.map { (Answerer($0.key), $0.value) }, uniquingKeysWith: +)
    out.write(.answers, all.sorted { $0.key < $1.key }.map { ($0.key.labels, Double($0.value)) })
    var fallbacks = Dictionary(uniqueKeysWithValues: report.breakers.map { (Answerer($0.task, $0.fallback), 0) })
    for (source, count) in answers where source.isFallback { fallbacks[Answerer(source), default: 0] += count }
    out.write(.fallbackImages, fallbacks.sorted { $0.key < $1.key }.map { ($0.key.labels, Double($0.value)) })
    out.write(.escalatedImages, report.escalated)
    out.write(
      .breakerState,
      report.breakers.flatMap { breaker in
        BreakerReport.State.allCases.map {
          ([("task", breaker.task.rawValue), ("state", $0.rawValue)], $0 == breaker.state ? 1 : 0)
        }
      })
    out.write(
      .breakerOpenings,
      report.breakers.flatMap { breaker in
        BreakerReport.Reason.allCases.map {
          ([("task", breaker.task.rawValue), ("reason", $0.rawValue)], Double(breaker.openings[$0, default: 0]))
        }
      })
    out.write(
      .breakerLatency,
      report.breakers.compactMap { breaker in
        breaker.latency.map { ([("task", breaker.task.rawValue)], $0) }
      })
    out.write(
      .network,
      networks.map {
        (
          [
            ("task", $0.task.rawValue), ("role", $0.role), ("model", $0.name), ("digest", $0.digest),
            ("engine", $0.use.kind.rawValue), ("device", $0.use.device.rawValue),
            ("precision", $0.use.precision.rawValue),
          ], 1
        )
      })
  }

  private func writeCache(_ out: inout MetricsWriter) {
    out.write(.cacheHits, report.cached - report.similar)
    out.write(.cacheMisses, report.cacheMisses)
    out.write(.cacheFaults, report.storeFaults)
  }

  private func write(_ queue: QueueMeasurements, _ out: inout MetricsWriter) {
    func write(_ family: MetricFamily, _ value: Double) { out.write(family, [([("queue", queue.name)], value)]) }
    write(.queueUp, queue.load == nil ? 0 : 1)
    guard let load = queue.load else { return }
    write(.queueDepth, Double(load.waiting + load.held))
    write(.queuePending, Double(load.held))
    write(.queueLag, Double(load.waiting))
    write(.queueOldestAge, max(0, load.oldestAge))
    write(.queueUncollected, Double(load.done))
    write(.queueDead, Double(load.dead))
    write(.queueSubmitters, Double(load.submitters))
    write(.queueSubmitted, Double(load.submitted))
    write(.queueFinished, Double(load.finished))
    write(.queueCollected, Double(load.collected))
  }

  private func writeRun(_ out: inout MetricsWriter) {
    if let isReady { out.write(.ready, isReady ? 1 : 0) }
    out.write(.wallSeconds, report.wallSeconds)
    out.write(.cpuSeconds, usage.cpuSeconds)
    out.write(.peakMemory, usage.peakMemory)
    if !choices.isEmpty { out.write(.run, [(choices.map { (MetricsWriter.name($0.name), $0.value) }, 1)]) }
    out.write(.build, [([("version", version), ("command", command)], 1)])
  }

  private func write(_ process: ProcessState, _ out: inout MetricsWriter) {
    out.write(.processCPU, usage.cpuSeconds)
    out.write(.processStart, process.startTime)
    out.write(.processResident, process.residentBytes)
    out.write(.processVirtual, process.virtualBytes)
    out.write(.processOpenFiles, process.openFiles)
    out.write(.processMaxFiles, process.maxFiles)
  }
}

/// A network and its task, as labels.
private struct Answerer: Hashable, Comparable {
  var task: String
  var model: String

  init(_ task: TaskKind, _ model: String) { (self.task, self.model) = (task.rawValue, model) }
  init(_ source: AnswerSource) { self.init(source.task, source.model) }

  var labels: MetricsWriter.Labels { [("task", task), ("model", model)] }

  static func < (a: Self, b: Self) -> Bool { (a.task, a.model) < (b.task, b.model) }
}
