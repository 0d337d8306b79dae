import Platform
import Recognition

/// Counts a run in progress. Any thread may read the report so far.
public final class RunMetrics: Sendable {
  private let monitor = Monitor(RunReport())
  private let started = monotonicSeconds()

  public init() {}

  public func count(_ change: (inout RunReport) -> Void) { monitor.withLock(change) }

  /// The report so far.
  public var report: RunReport {
    var report = monitor.withLock { $0 }
    report.wallSeconds = monotonicSeconds() - started
    return report
  }
}
