import Platform
import Recognition

/// Counts a run in progress. Any thread may read the report so far.
public final class RunMetrics: Sendable {
  private let monitor = Monitor(RunReport())
  private let started = monotonicSeconds()
  private let breakers = Monitor<[@Sendable () -> BreakerReport]>([])

  public init() {}

  @discardableResult
  public func count<Value>(_ change: (inout RunReport) -> Value) -> Value { monitor.withLock(change) }

  /// The report so far.
  public var report: RunReport {
    var report = monitor.withLock { $0 }
    report.wallSeconds = monotonicSeconds() - started
    report.breakers = breakers.withLock { $0 }.map { $0() }
    return report
  }

  /// Adds the breaker of a task to the report, if the task has one.
  func watch(_ task: TaskPlan) {
    guard let second = task.secondModel, case .fallback(let breaker) = second.rule else { return }
    let (kind, model, fallback) = (task.task, task.reference, task.reference(of: second.model))
    breakers.withLock { all in
      all.append {
        var report = breaker.report
        (report.task, report.model, report.fallback) = (kind, model, fallback)
        return report
      }
    }
  }
}
