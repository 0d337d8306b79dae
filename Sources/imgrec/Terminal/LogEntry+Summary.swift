import Outputs
import Platform

extension LogEntry {
  /// The numbers of a run that has ended.
  init(summary line: SummaryLine) {
    self.init(.info, .summary, line.text(), [("images", .count(line.images)), ("ok", .count(line.ok))])
    let further = [
      ("cached", line.cached), ("warned", line.warned), ("failed", line.failed), ("skipped", line.skipped),
      ("stopped", line.stopped),
    ]
    fields += further.map { ($0.0, .count($0.1)) }
    if !line.reasons.isEmpty { fields.append(("reasons", .counts(line.reasons))) }
    if let seconds = line.seconds { fields.append(("seconds", .real(seconds, decimals: 3))) }
  }

  /// The numbers of a run in progress.
  init(progress fields: [(name: String, value: Value)], done: Int, total: Int?) {
    self.init(
      .info, .progress, SummaryLine.count(done) + (total.map { " of \(SummaryLine.count($0))" } ?? "") + " done", fields
    )
  }
}

/// The numbers of a run in progress.
struct ProgressNumbers {
  var done: Int
  var ok: Int
  var failed: Int
  /// Number of inputs; nil while it is not known.
  var total: Int?
  /// Number of items in the queue, for a run that collects.
  var left: Int?
  /// Images per second.
  var rate: Double
  /// Seconds until the end; nil if nothing is done yet, or the total is not known.
  var remainingSeconds: Double? {
    guard rate > 0 else { return nil }
    return total.map { max(0, Double($0 - done) / rate) }
  }

  private var fields: [(name: String, value: LogEntry.Value)] {
    var fields: [(name: String, value: LogEntry.Value)] = [
      ("done", .count(done)), ("ok", .count(ok)), ("failed", .count(failed)),
    ]
    if let left { fields.append(("left", .count(left))) }
    fields.append(("images_per_second", .real(rate, decimals: 1)))
    if let total { fields.append(("total", .count(total))) }
    if let remainingSeconds { fields.append(("eta_seconds", .real(remainingSeconds, decimals: 1))) }
    return fields
  }

  /// Prints one object of JSON on standard error.
  func print() { Console.progress(LogEntry(progress: fields, done: done, total: total)) }

  /// The parts of a bar: rate, failures and time left.
  func line(_ columns: Int) -> String {
    var parts = ["\(SummaryLine.rate(rate)) images/s"]
    if failed > 0 { parts.append("\(SummaryLine.count(failed)) failed") }
    if let remainingSeconds, done > 0 { parts.append("\(Self.duration(remainingSeconds)) left") }
    if let left, total == nil { parts.append("\(SummaryLine.count(left)) in the queue") }
    return ProgressLine(done: done, total: total, parts: parts).text(columns: columns)
  }

  /// "12,000 of 40,000 records, 812 images/s, 35 s left".
  var text: String {
    let count = SummaryLine.count(done) + (total.map { " of \(SummaryLine.count($0))" } ?? "") + " records"
    let left = remainingSeconds.map { "\(Self.duration($0)) left" }
    return ([count, "\(SummaryLine.rate(rate)) images/s"] + [left].compactMap { $0 }).joined(separator: ", ")
  }

  /// Whole units: "40 s", "12 min", "3 h 20 min".
  static func duration(_ seconds: Double) -> String {
    let s = Int(min(seconds, 1e9).rounded(.up))
    return s < 60 ? "\(s) s" : s < 3600 ? "\(s / 60) min" : "\(s / 3600) h \(s % 3600 / 60) min"
  }
}
