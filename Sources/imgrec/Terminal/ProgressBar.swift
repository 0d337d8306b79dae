import Dispatch
import Outputs
import Pipeline
import Platform
import Recognition

/// Reports the progress of a run on standard error, as a bar or as JSON lines.
final class Progress {
  /// nil if no progress is reported: a source that was never activated must not be released.
  private let timer: (any DispatchSourceTimer)?
  private let queue = DispatchQueue(label: "imgrec.progress")
  private let form: RunOptions.ProgressForm
  private let metrics: RunMetrics
  private let total: @Sendable () -> Int?

  /// Starts reporting.
  ///
  /// - Parameter total: Returns the number of inputs, or nil while it is not known.
  init(form: RunOptions.ProgressForm, metrics: RunMetrics, total: @escaping @Sendable () -> Int?) {
    self.form = form
    self.metrics = metrics
    self.total = total
    guard form != .none else {
      timer = nil
      return
    }
    let timer = DispatchSource.makeTimerSource(queue: queue)
    self.timer = timer
    timer.schedule(deadline: .now() + .milliseconds(200), repeating: .milliseconds(form == .bar ? 100 : 1000))
    timer.setEventHandler { Self.show(metrics.report, total: total(), form: form) }
    timer.activate()
  }

  /// Erases the bar, or prints the last line of JSON.
  func end() {
    guard let timer else { return }
    timer.cancel()
    queue.sync {
      if form == .bar { Console.erase() } else { Self.show(metrics.report, total: total(), form: form) }
    }
  }

  private static func show(_ report: RunReport, total: Int?, form: RunOptions.ProgressForm) {
    let done = report.ok + report.failed
    // The walk counts files.
    let total = total.map { $0 + report.furtherPages }
    let numbers = ProgressNumbers(
      done: done, ok: report.ok, failed: report.failed, total: total, rate: Double(done) / max(report.wallSeconds, 1e-6)
    )
    switch form {
    case .none: break
    case .json: numbers.print()
    case .bar: Console.redraw(numbers.line(TerminalStyle.columns(of: STDERR_FILENO) ?? 80))
    }
  }
}
