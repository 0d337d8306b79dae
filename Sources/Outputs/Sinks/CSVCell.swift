/// A cell of RFC 4180.
enum CSVCell {
  /// Quotes the text if it needs that. A text that a spreadsheet would take for a formula gets an apostrophe before it.
  static func text(_ text: String) -> String {
    let isFormula = text.utf8.first.map { "=+-@\t\r".utf8.contains($0) } ?? false
    let safe = isFormula ? "'" + text : text
    let quoted =
      safe.utf8.contains { $0 == 0x22 || $0 == 0x2c || $0 == 0x0a || $0 == 0x0d }
      || safe.utf8.first == 0x20 || safe.utf8.last == 0x20
    return quoted
      ? "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\"" : safe
  }
}
