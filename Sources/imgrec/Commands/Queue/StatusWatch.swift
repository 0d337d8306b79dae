import Outputs
import Pipeline
import Platform
import Queue
import Recognition
import Redis

/// `imgrec queue status --watch`: reports the status of a queue again and again.
struct StatusWatch {
  private let queue: RedisQueue
  private let json: Bool
  private let interval: Double
  private let untilEmpty: Bool
  private let stop: StopToken
  /// For lines: a reader that closes its pipe ends the watch.
  private let output = ByteOutput()
  private let isTerminal = HostInfo.isTerminal(STDOUT_FILENO) && !TerminalStyle.isDumb

  init(_ queue: RedisQueue, json: Bool, interval: Double, untilEmpty: Bool, stop: StopToken) {
    self.queue = queue
    self.json = json
    self.interval = interval
    self.untilEmpty = untilEmpty
    self.stop = stop
  }

  /// Reports until interrupted, or until the queue is empty if that was asked for. A Redis that cannot be reached is
  /// waited for; a queue that is deleted is an error.
  func run() throws(SetupError) -> ExitStatus {
    var last: Int?
    var rate = RecentRate()
    var height = 0
    while !stop.isRequested {
      let step = queue.retry(while: !self.stop.isRequested) { () throws(RedisError) -> QueueStatus? in
        guard let plan = try self.queue.plan() else { return nil }
        return try self.queue.status(plan)
      }
      try queue.checkProblem()
      guard let found = step else { break }
      guard let status = found else { throw SetupError("queue \(queue.label) was deleted") }
      let now = monotonicSeconds()
      // `queue purge` and a new submission begin at 0 again.
      if let last, status.load.finished < last { rate = RecentRate() }
      rate.add(status.load.finished, at: now)
      let report = report(status, rate: last == nil ? nil : rate.value)
      last = status.load.finished
      if isTerminal, !json {
        height = redraw(report.text, over: height)
      } else {
        do throws(SinkError) { try append(report) } catch {
          if case .failed(let message) = error { throw SetupError(message) }
          break
        }
      }
      if untilEmpty, status.load.isEmpty { break }
      pause(until: now + interval)
    }
    return .done
  }

  private func report(_ status: QueueStatus, rate: Double?) -> QueueReport {
    var report = QueueReport(status)
    report.time = LogEntry.time(clockNanoseconds())
    report.rate = rate
    let left = status.load.waiting + status.load.held
    if let rate, rate > 0, left > 0 { report.remainingSeconds = Double(left) / rate }
    return report
  }

  private func append(_ report: QueueReport) throws(SinkError) {
    if json { try output.write(json: Array(report.json.utf8)) } else { try output.write(text: Array(report.line.utf8)) }
    try output.write([UInt8(ascii: "\n")])
    try output.flush()
  }

  /// Writes the lines of `text` over the `height` lines that were written before; returns the number of lines. They are
  /// cut to the size of the terminal: a line that wraps, or has left it at the top, cannot be written over.
  private func redraw(_ text: String, over height: Int) -> Int {
    let (columns, rows) = (TerminalStyle.columns(of: STDOUT_FILENO) ?? 80, TerminalStyle.rows(of: STDOUT_FILENO) ?? 24)
    let lines = text.split(separator: "\n").map {
      TerminalText.fitted(TerminalText.escaped(String($0)), to: columns - 1)
    }
    let shown = lines.count < rows ? lines : Array(lines.prefix(max(1, rows - 2))) + ["…"]
    Console.screen((height > 0 ? "\u{1b}[\(height)A\u{1b}[J" : "") + shown.joined(separator: "\n") + "\n")
    return shown.count
  }

  private func pause(until end: Double) {
    while !stop.isRequested, monotonicSeconds() < end {
      usleep(UInt32(min(0.05, max(0.001, end - monotonicSeconds())) * 1e6))
    }
  }
}

extension QueueLoad {
  /// Whether every record is collected, and nothing more is to come.
  fileprivate var isEmpty: Bool { waiting == 0 && held == 0 && done == 0 && submitters == 0 }
}
