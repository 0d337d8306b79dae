import Platform
import Recognition

/// Logs failures of images, if the log is JSON: programs that read it have no records. Forwards all outcomes.
///
/// A folder of broken files must not flood the log: of one code, `most` failures are logged in `window` seconds, and the
/// number of the others with the next image after that time, or at the end.
final class FailureLog: Sink {
  private let next: any Sink
  private let clock: () -> Double
  private let print: (LogEntry) -> Void
  /// Failures of a code since a time.
  private struct Window {
    var since: Double
    var logged = 0
    var omitted = 0
  }
  private var windows: [Failure.Code: Window] = [:]

  static let most = 10
  static let window = 60.0

  init(
    next: any Sink, clock: @escaping () -> Double = monotonicSeconds,
    print: @escaping (LogEntry) -> Void = { Console.print($0) }
  ) {
    (self.next, self.clock, self.print) = (next, clock, print)
  }

  func write(_ outcome: Outcome) throws(SinkError) {
    if !windows.isEmpty { closeWindows(before: clock() - Self.window) }
    if let failure = outcome.failure { log(failure, of: outcome) }
    do throws(SinkError) { try next.write(outcome) } catch {
      if case .item(let failure) = error { log(failure, of: outcome) }
      throw error
    }
  }

  func drop(_ index: Int) { next.drop(index) }
  func flush() throws(SinkError) { try next.flush() }

  func finish() throws(SinkError) {
    closeWindows(before: .infinity)
    try next.finish()
  }

  private func log(_ failure: Failure, of outcome: Outcome) {
    var window = windows[failure.code] ?? Window(since: clock())
    defer { windows[failure.code] = window }
    guard window.logged < Self.most else {
      window.omitted += 1
      return
    }
    window.logged += 1
    var entry = LogEntry(
      .warning, .imageFailed, failure.message, path: outcome.path,
      [("stage", .text(failure.stage.rawValue)), ("code", .text(failure.code.rawValue))])
    if let page = outcome.page { entry.fields.append(("page", .count(page.number))) }
    print(entry)
  }

  private func closeWindows(before time: Double) {
    for (code, window) in windows where window.since < time {
      windows[code] = nil
      guard window.omitted > 0 else { continue }
      print(
        LogEntry(
          .warning, .failuresOmitted, "\(window.omitted) more images failed by \(code.rawValue)",
          [("code", .text(code.rawValue)), ("count", .count(window.omitted))]))
    }
  }
}
