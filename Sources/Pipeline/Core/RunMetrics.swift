import Platform
import Recognition

/// What a run did: the counts, the time of each stage, the batches.
public struct RunReport: Sendable {
  /// Items that entered; always `ok + failed + skipped`.
  public var inputs = 0
  public var ok = 0
  public var failed = 0
  /// Items that were dropped unstarted when the run was stopped.
  public var skipped = 0
  /// The part of `ok` whose answer came out of a store.
  public var cached = 0
  public var warned = 0
  public var failures: [Failure.Code: Int] = [:]
  /// Bytes of image files read.
  public var bytesRead = 0
  /// Pixels of the upright images that were decoded.
  public var pixels = 0
  /// Runs of a network, and the images in them.
  public var batches = 0
  public var batchedImages = 0
  /// Of a cascade: images that the light network left to the other one.
  public var escalated = 0
  /// Images that a fallback answered.
  public var fallbacks = 0
  /// How often a breaker opened.
  public var tripCount = 0
  /// Images that took the answer of one that looks like them; a part of `cached`.
  public var similar = 0
  /// Seconds of work, over all workers of the stage.
  public var readSeconds = 0.0
  public var decodeSeconds = 0.0
  public var inferSeconds = 0.0
  public var writeSeconds = 0.0
  /// Seconds of asking the store.
  public var lookupSeconds = 0.0
  public var wallSeconds = 0.0
  /// What the store could not do.
  public var storeFaults = 0
  public var stop: StopToken.Reason?
  /// What the sink said, when `stop` is `.sinkFailed`.
  public var sinkMessage: String?

  public init() {}
}

/// Counts a run while it goes on. Any thread may ask for the state of things.
public final class RunMetrics: Sendable {
  private let monitor = Monitor(RunReport())
  private let started = monotonicSeconds()

  public init() {}

  func count(_ change: (inout RunReport) -> Void) { monitor.withLock(change) }

  /// The report so far.
  public var report: RunReport {
    var report = monitor.withLock { $0 }
    report.wallSeconds = monotonicSeconds() - started
    return report
  }
}
