import Codecs
import Recognition

/// The line for people with which a run ends, the same for every command:
/// `1,000 images: 996 ok (12 cached), 4 failed (PDF 3, truncated 1); 5.6 s, 179 images/s`.
public struct SummaryLine: Sendable {
  public var images = 0
  public var ok = 0
  /// What `ok` images are, in the words of the command.
  public var verb = "ok"
  /// Parts of `ok`.
  public var cached = 0
  public var warned = 0
  public var failed = 0
  /// Why images failed, the most frequent first.
  public var reasons: [(name: String, count: Int)] = []
  /// Images that an earlier run had.
  public var skipped = 0
  public var skippedBecause: String?
  /// Images that entered and were dropped when the run was stopped.
  public var stopped = 0
  /// What the command made of the images, such as "3 groups".
  public var details: [String] = []
  /// Duration of the run; nil omits the speed.
  public var seconds: Double?

  public init() {}

  public init(_ report: RunReport) {
    images = report.inputs - report.superseded
    ok = report.ok
    cached = report.cached
    warned = report.warned
    failed = report.failed
    reasons = report.reasons
    skipped = report.resumed
    stopped = report.dropped
    seconds = report.wallSeconds
  }

  /// The line, without a line break.
  public func text(_ style: TerminalStyle = .plain) -> String {
    var counts = [Self.count(ok) + " \(verb)" + parts([("cached", cached), ("with warnings", warned)])]
    if failed > 0 {
      let named = reasons.map { "\($0.name) \(Self.count($0.count))" }.joined(separator: ", ")
      counts.append(
        style.painted("\(Self.count(failed)) failed" + (named.isEmpty ? "" : " (\(named))"), .failure))
    }
    if skipped > 0 { counts.append("\(Self.count(skipped)) skipped" + (skippedBecause.map { " (\($0))" } ?? "")) }
    if stopped > 0 { counts.append(style.painted("\(Self.count(stopped)) stopped", .warning)) }
    var groups = [Self.counted(images, "image") + ": " + counts.joined(separator: ", ")]
    if !details.isEmpty { groups.append(details.joined(separator: ", ")) }
    if let seconds, ok + failed > 0 {
      groups.append(
        Self.duration(seconds) + (seconds > 0 ? ", \(Self.rate(Double(ok + failed) / seconds)) images/s" : ""))
    }
    return groups.joined(separator: "; ")
  }

  /// "1 image", "1,000 images".
  public static func counted(_ count: Int, _ noun: String) -> String {
    "\(self.count(count)) \(noun)\(count == 1 ? "" : "s")"
  }

  /// A number with its thousands separated.
  public static func count(_ value: Int) -> String {
    let digits = Array(String(value.magnitude))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
      text.append(digit)
    }
    return (value < 0 ? "-" : "") + text
  }

  /// A number a second: with one decimal below 10.
  public static func rate(_ value: Double) -> String {
    guard value.isFinite, value < 1e15 else { return "0" }
    return value < 9.95 ? fixed(value, 1) : count(Int(value.rounded()))
  }

  /// "0.08 s", "5.6 s", "12 min 5 s", "3 h 20 min".
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e12 else { return "0 s" }
    if seconds < 0.95 { return fixed(seconds, 2) + " s" }
    if seconds < 119.95 { return fixed(seconds, 1) + " s" }
    let whole = Int(seconds.rounded())
    return whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(count(whole / 3600)) h \(whole % 3600 / 60) min"
  }

  /// "812 B", "81.2 KiB", "3.1 MiB".
  public static func size(_ bytes: Int) -> String {
    guard bytes >= 1024 else { return "\(bytes) B" }
    var (value, units) = (Double(bytes) / 1024, ["KiB", "MiB", "GiB"])
    while value >= 1024, units.count > 1 {
      value /= 1024
      units.removeFirst()
    }
    return "\(fixed(value, 1)) \(units[0])"
  }

  /// " (12 cached, 3 with warnings)".
  private func parts(_ parts: [(name: String, count: Int)]) -> String {
    let present = parts.filter { $0.count > 0 }.map { "\(Self.count($0.count)) \($0.name)" }
    return present.isEmpty ? "" : " (\(present.joined(separator: ", ")))"
  }
}

extension RunReport {
  /// Why images failed, the most frequent first: the name of a format that is not read, otherwise the failure's code.
  var reasons: [(name: String, count: Int)] {
    var counts: [String: Int] = [:]
    for (code, count) in failures { counts[code.rawValue.split(separator: "_").joined(separator: " ")] = count }
    for (format, count) in unsupportedFormats where format.isOnlyNamed {
      counts[format.displayName] = count
      let rest = (counts[Failure.Code.unsupported.rawValue] ?? count) - count
      counts[Failure.Code.unsupported.rawValue] = rest > 0 ? rest : nil
    }
    return counts.map { ($0.key, $0.value) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
  }
}
