/// Text for a terminal: without control characters, and of known width.
public enum TerminalText {
  /// Escapes all characters that a terminal would obey or that would reorder the text around them; the result is one
  /// line.
  public static func escaped(_ text: String) -> String { replacing(text, isKept: { _, _ in false }, by: escape) }

  /// Escapes as `escaped`, except line breaks and tabs.
  public static func escapedLines(_ text: String) -> String { replacing(text, isKept: isLayout, by: escape) }

  /// Escapes as `escapedLines`, in the notation of JSON: a document of JSON keeps its meaning.
  public static func escapedJSON(_ text: String) -> String {
    replacing(text, isKept: isLayout) { scalar in
      let hex = String(scalar.value, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
    }
  }

  /// Shortens text to at most `limit` columns, with an ellipsis at the end.
  public static func fitted(_ text: String, to limit: Int) -> String {
    guard width(text) > limit else { return text }
    return start(of: text, limit - 1) + "…"
  }

  /// Shortens a path to at most `limit` columns, with an ellipsis in the middle: its end, which distinguishes files, keeps
  /// two thirds of the columns.
  static func shortenedInMiddle(_ text: String, to limit: Int) -> String {
    guard width(text) > limit else { return text }
    let head = start(of: text, (limit - 1) / 3)
    var used = 0
    let room = limit - 1 - width(head)
    var tail: [Character] = []
    for character in text.reversed() {
      used += width(character)
      guard used <= room else { break }
      tail.append(character)
    }
    return head + "…" + String(tail.reversed())
  }

  static func padded(_ text: String, to columns: Int) -> String {
    text + String(repeating: " ", count: max(0, columns - width(text)))
  }

  private static func start(of text: String, _ limit: Int) -> String {
    var used = 0
    var end = text.startIndex
    while end < text.endIndex {
      used += width(text[end])
      guard used <= limit else { break }
      end = text.index(after: end)
    }
    return String(text[..<end])
  }
}

extension TerminalText {
  private static func replacing(
    _ text: String, isKept: (Unicode.Scalar, Unicode.Scalar?) -> Bool, by escape: (Unicode.Scalar) -> String
  ) -> String {
    let scalars = text.unicodeScalars
    guard scalars.contains(where: isObeyed) else { return text }
    var shown = ""
    for index in scalars.indices {
      let scalar = scalars[index]
      let next = scalars.index(after: index)
      if isObeyed(scalar), !isKept(scalar, next < scalars.endIndex ? scalars[next] : nil) {
        shown += escape(scalar)
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }

  /// Line breaks and tabs. A carriage return alone would hide the line before it.
  private static func isLayout(_ scalar: Unicode.Scalar, before next: Unicode.Scalar?) -> Bool {
    scalar == "\n" || scalar == "\t" || scalar == "\r" && next == "\n"
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    default:
      let hex = String(scalar.value, radix: 16)
      return scalar.value < 0x100 ? "\\x" + (hex.count < 2 ? "0" : "") + hex : "\\u{" + hex + "}"
    }
  }

  /// C0, DEL, C1, and what changes the direction or the order of text (Unicode's Bidi_Control, the separators of lines
  /// and paragraphs, interlinear annotation, the byte order mark).
  private static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0, 0x61c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff, 0xfff9...0xfffb: true
    default: false
    }
  }
}

extension TerminalText {
  /// Number of columns of `text`.
  static func width(_ text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + width($1) } }

  private static func width(_ character: Character) -> Int { character.unicodeScalars.reduce(0) { $0 + width($1) } }

  private static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0..<0x300: return 1
    // East Asian wide and full-width (Unicode's EastAsianWidth W and F).
    case 0x1100...0x115f, 0x2e80...0x3029, 0x302e...0x303e, 0x3041...0x3098, 0x309b...0xa4cf, 0xa960...0xa97c,
      0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x16fe0...0x18cff,
      0x1b000...0x1b2fb, 0x20000...0x3fffd:
      return 2
    // Each of the two letters of a flag.
    case 0x1f1e6...0x1f1ff: return 1
    // The vowels and finals of Hangul join the letter before them.
    case 0x1160...0x11ff: return 0
    default: break
    }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return scalar.properties.isEmojiPresentation || (0x1f300...0x1faff).contains(scalar.value) ? 2 : 1
    }
  }
}
