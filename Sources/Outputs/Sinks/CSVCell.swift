import Records

/// A cell of text in a CSV file.
public enum CSVCell {
  /// Appends a cell, in quotation marks if it needs them.
  ///
  /// A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a line break as a formula, and what it
  /// names may come from a stranger's file. An apostrophe before it makes it text, as OWASP recommends ("CSV
  /// Injection"). A number, such as -0.5, stays one.
  public static func append(_ text: String, to row: inout ByteWriter) {
    let isDefused = isFormula(text)
    let quoted =
      text.utf8.contains { $0 == quote || $0 == 0x2c || $0 == 0x0a || $0 == 0x0d }
      || text.utf8.first == 0x20 || text.utf8.last == 0x20
    if quoted { row.append(quote) }
    if isDefused { row.append(UInt8(ascii: "'")) }
    if quoted {
      for byte in text.utf8 {
        if byte == quote { row.append(quote) }
        row.append(byte)
      }
      row.append(quote)
    } else {
      row.append(text)
    }
  }

  /// Whether a spreadsheet would take the text for a formula.
  private static func isFormula(_ text: String) -> Bool {
    switch text.unicodeScalars.first {
    case "=", "@", "\t", "\r", "\n", "\u{ff1d}", "\u{ff20}": true
    case "+", "-", "\u{ff0b}", "\u{ff0d}": !isNumber(text.utf8.dropFirst())
    default: false
    }
  }

  /// Whether the bytes are digits with at most one decimal point.
  private static func isNumber(_ digits: Substring.UTF8View) -> Bool {
    var points = 0
    for byte in digits {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): continue
      case UInt8(ascii: "."): points += 1
      default: return false
      }
    }
    return digits.count > points && points <= 1
  }
}

private let quote = UInt8(ascii: "\"")
