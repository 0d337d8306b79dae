import Platform

/// Counters of a run: its records, the busy seconds of each stage, batches.
public struct RunReport: Sendable {
  /// Items that entered; always `ok + failed + skipped`.
  public var inputs = 0
  /// The part of `inputs` that are further pages of files, each counted as an input.
  public var furtherPages = 0
  public var ok = 0
  public var failed = 0
  /// Items that were dropped when the run was stopped, or that a resumed run had already.
  public var skipped = 0
  /// The part of `skipped` that a resumed run had already.
  public var resumed = 0
  /// The part of `skipped` whose file a watch found changed again, or gone, when it was read.
  public var superseded = 0
  /// The part of `ok` whose answer came from the cache or from a similar image.
  public var cached = 0
  /// The part of `cached` that took the answer of a similar image.
  public var similar = 0
  /// Images that decoded with warnings.
  public var warned = 0
  public var failures: [Failure.Code: Int] = [:]
  /// Answers in records, by what gave them.
  public var answers: [AnswerSource: Int] = [:]
  /// The part of `ok` that was looked up in the cache and not found there.
  public var cacheMisses = 0
  /// Failures of the code `unsupported`, by the format of the file, where it is known.
  public var unsupportedFormats: [ImageFormat: Int] = [:]
  /// Bytes of image files read.
  public var bytesRead = 0
  /// Pixels of the upright images that were decoded.
  public var pixels = 0
  /// Images in each run of a network.
  public var batches = Histogram.batch
  /// Cascade: images that the light model left to the second one.
  public var escalated = 0
  /// The circuit breakers of the run, one for each task with a fallback.
  public var breakers: [BreakerReport] = []
  /// Seconds of each piece of work of a stage.
  public private(set) var stageTimes = [Histogram](repeating: .time, count: WorkStage.allCases.count)
  /// Seconds from reading to the last answer of each image whose answer was not cached.
  public var imageTimes = Histogram.time
  public var wallSeconds = 0.0
  /// Look-ups and writes of the cache that failed.
  public var storeFaults = 0
  /// Whether the feed was read to its end.
  public var isWhole = false
  /// Why the run ended early; nil if it did not.
  public var stop: StopReason?
  /// The sink's error, if `stop` is `.sinkFailed`.
  public var sinkMessage: String?

  public init() {}

  /// Images that a fallback answered.
  public var fallbacks: Int { breakers.reduce(0) { $0 + $1.fellBack } }

  /// Number of times that a circuit breaker opened.
  public var tripCount: Int { breakers.reduce(0) { $0 + $1.tripCount } }

  /// Counts the record of an item that entered.
  public mutating func count(_ outcome: Outcome) {
    if !outcome.warnings.isEmpty { warned += 1 }
    if let failure = outcome.failure {
      failed += 1
      failures[failure.code, default: 0] += 1
      if failure.code == .unsupported, let format = outcome.facts.format {
        unsupportedFormats[format, default: 0] += 1
      }
      return
    }
    ok += 1
    if outcome.cache == .hit || outcome.cache == .similar { cached += 1 }
    if outcome.cache == .similar { similar += 1 }
    if outcome.cache == .miss { cacheMisses += 1 }
    for answer in outcome.answers { answers[AnswerSource(answer), default: 0] += 1 }
    guard outcome.cache != .hit, outcome.cache != .similar else { return }
    let times = outcome.timings
    imageTimes.observe(outcome.latency ?? (times.read + times.decode + times.wait + times.infer) / 1000)
  }

  /// Counts a piece of work of a stage.
  public mutating func count(_ seconds: Double, in stage: WorkStage) { stageTimes[stage.rawValue].observe(seconds) }

  /// Seconds of the pieces of work of a stage.
  public func times(of stage: WorkStage) -> Histogram { stageTimes[stage.rawValue] }

  /// Counts the failure of an input of which no more is known: its name gives the format.
  public mutating func countFailure(_ failure: Failure, of path: RawPath) {
    failed += 1
    failures[failure.code, default: 0] += 1
    guard failure.code == .unsupported else { return }
    let ending = path.description.split(separator: ".").last?.lowercased() ?? ""
    if let format = ImageFormat.allCases.first(where: { $0.extensions.contains(ending) }) {
      unsupportedFormats[format, default: 0] += 1
    }
  }

  /// Counts inputs that have a record of an earlier run.
  public mutating func skip(_ count: Int) {
    inputs += count
    skipped += count
    resumed += count
  }

  /// The part of `skipped` that was dropped when the run was stopped.
  public var dropped: Int { skipped - resumed - superseded }

  /// Busy seconds of the stages over all workers, in the order of the pipeline.
  public var stages: [(name: String, seconds: Double)] {
    WorkStage.allCases.map { ($0.name, times(of: $0).sum) }
  }

  /// Items that entered and have not left yet.
  public var inFlight: Int { max(0, inputs - ok - failed - skipped) }

  public var imagesPerSecond: Double { wallSeconds > 0 ? Double(ok + failed) / wallSeconds : 0 }
  public var megapixelsPerSecond: Double { wallSeconds > 0 ? Double(pixels) / 1e6 / wallSeconds : 0 }
}

/// The stages whose work is timed, in the order of the pipeline.
public enum WorkStage: Int, CaseIterable, Sendable {
  case lookUp, read, decode, infer, write

  public var name: String {
    switch self {
    case .lookUp: "look up"
    case .read: "read"
    case .decode: "decode"
    case .infer: "infer"
    case .write: "write"
    }
  }
}

/// The network that gave an answer.
public struct AnswerSource: Hashable, Sendable {
  public var task: TaskKind
  /// The model's name as in records.
  public var model: String
  /// Whether it answered because the first model failed.
  public var isFallback: Bool

  public init(_ answer: Answer) {
    task = answer.task
    model = answer.answeringModel ?? answer.model
    isFallback = answer.isFallback
  }
}

/// Why a run ends early.
public enum StopReason: Int, Sendable {
  /// SIGINT, SIGTERM or SIGHUP.
  case interrupted = 1
  /// The reader of the records closed the pipe.
  case closedPipe
  /// `--max-failures` or `--fail-fast`.
  case failureBudget
  /// The records cannot be written.
  case sinkFailed
}
