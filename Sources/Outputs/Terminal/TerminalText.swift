/// Text for a terminal: without control characters, and of known width.
public enum TerminalText {
  /// Escapes all characters that a terminal would obey or that would reorder the text around them.
  public static func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isObeyed) else { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": shown += "\\n"
      case "\r": shown += "\\r"
      case "\t": shown += "\\t"
      case _ where isObeyed(scalar):
        let hex = String(scalar.value, radix: 16)
        shown += scalar.value < 0x100 ? "\\x" + (hex.count < 2 ? "0" : "") + hex : "\\u{" + hex + "}"
      default: shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }

  /// Number of columns of `text`.
  static func width(_ text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + width($1) } }

  /// Shortens text to at most `limit` columns, with an ellipsis at the end, or at the beginning (`keepingEnd`).
  static func fitted(_ text: String, to limit: Int, keepingEnd: Bool = false) -> String {
    guard width(text) > limit else { return text }
    var used = 1
    var visible: [Unicode.Scalar] = []
    func take(_ scalar: Unicode.Scalar) -> Bool {
      used += width(scalar)
      if used <= limit { visible.append(scalar) }
      return used <= limit
    }
    if keepingEnd {
      for scalar in text.unicodeScalars.reversed() where !take(scalar) { break }
      visible.reverse()
    } else {
      for scalar in text.unicodeScalars where !take(scalar) { break }
    }
    var transform = String.UnicodeScalarView()
    transform.append(contentsOf: visible)
    return keepingEnd ? "…" + String(transform) : String(transform) + "…"
  }

  static func padded(_ text: String, to columns: Int) -> String {
    text + String(repeating: " ", count: max(0, columns - width(text)))
  }

  private static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff: true
    default: false
    }
  }

  private static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0..<0x300: 1
    case 0x300...0x36f, 0x200b...0x200d, 0x20d0...0x20ff, 0xfe00...0xfe0f, 0xfe20...0xfe2f: 0
    // East Asian wide and full-width, and the emoji blocks.
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
      0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f680...0x1f6ff, 0x1f900...0x1f9ff, 0x20000...0x3fffd:
      2
    default: 1
    }
  }
}
