import Dispatch
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
      if form == .bar { Console.raw("\r\u{1B}[K") } else { Self.show(metrics.report, total: total(), form: form) }
    }
  }

  private static func show(_ report: RunReport, total: Int?, form: RunOptions.ProgressForm) {
    let done = report.ok + report.failed
    // The walk counts files.
    let total = total.map { $0 + report.furtherPages }
    let rate = Double(done) / max(report.wallSeconds, 1e-6)
    let remainingSeconds = total.map { max(0, Double($0 - done) / max(rate, 1e-6)) }
    switch form {
    case .none: break
    case .json:
      var line = "{\"event\":\"progress\",\"done\":\(done),\"ok\":\(report.ok),\"failed\":\(report.failed)"
      line += ",\"images_per_second\":\(fixed(rate, 1))"
      if let total, let remainingSeconds {
        line += ",\"total\":\(total),\"eta_seconds\":\(fixed(remainingSeconds, 1))"
      }
      Console.raw(line + "}\n")
    case .bar:
      var line = "\r\u{1B}[K"
      if let total, total > 0 {
        let filled = min(24, 24 * done / total)
        line += "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: 24 - filled) + "] "
        line += "\(done)/\(total)"
      } else {
        line += "\(done)"
      }
      line += "  \(fixed(rate, 1)) images/s"
      if report.failed > 0 { line += "  \(report.failed) failed" }
      if let remainingSeconds, done > 0 { line += "  \(duration(remainingSeconds)) left" }
      Console.raw(line)
    }
  }

  private static func duration(_ seconds: Double) -> String {
    let s = Int(seconds.rounded(.up))
    return s < 60 ? "\(s) s" : s < 3600 ? "\(s / 60) min" : "\(s / 3600) h \(s % 3600 / 60) min"
  }

  private static func fixed(_ value: Double, _ digits: Int) -> String {
    let power = digits == 1 ? 10.0 : 1.0
    let rounded = (value * power).rounded() / power
    return digits == 0 ? "\(Int(rounded))" : "\(rounded)"
  }
}
