import Outputs
import Recognition

/// The last line of the commands that list what they find: "1,000 images: 12 groups, 2 failed (truncated 2); 5.6 s, 179
/// images/s".
enum CollectionSummary {
  static func text(_ report: RunReport, _ found: [String]) -> String {
    let images = report.ok + report.failed
    var parts = found
    if report.failed > 0 {
      let kinds = report.failures.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
      let causes = kinds.map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", ")
      parts.append("\(grouped(report.failed)) failed (\(causes))")
    }
    let seconds = (report.wallSeconds * 10).rounded() / 10
    return "\(count(images, "image")): \(parts.joined(separator: ", ")); \(seconds) s, "
      + "\(grouped(Int(report.imagesPerSecond.rounded()))) images/s"
  }

  /// "1 image", "1,000 images".
  static func count(_ number: Int, _ noun: String) -> String { "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")" }

  /// The number with a comma between thousands.
  static func grouped(_ number: Int) -> String {
    var text = ""
    for (index, digit) in String(number).reversed().enumerated() {
      if index > 0, index % 3 == 0, digit != "-" { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }
}
