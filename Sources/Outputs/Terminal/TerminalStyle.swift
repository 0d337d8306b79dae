import Platform

/// Colours of a stream, and the size of the terminal behind it.
public struct TerminalStyle: Sendable {
  public enum Colour: String, Sendable {
    case bold = "1"
    case failure = "31"
    case warning = "33"
  }

  /// Text without colours.
  public static let plain = TerminalStyle(isColoured: false)

  public var isColoured: Bool

  public init(isColoured: Bool) { self.isColoured = isColoured }

  /// Coloured if the descriptor is a terminal, unless NO_COLOR is set or TERM is "dumb".
  public init(of descriptor: Int32) {
    isColoured = isatty(descriptor) == 1 && !Self.isSet("NO_COLOR") && !Self.isDumb
  }

  /// `text` in a colour; unchanged without colours. `text` must have no control characters.
  public func painted(_ text: String, _ colour: Colour?) -> String {
    guard isColoured, let colour, !text.isEmpty else { return text }
    return "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m"
  }

  /// Whether the terminal cannot move its cursor.
  public static var isDumb: Bool { getenv("TERM").map { String(cString: $0) } == "dumb" }

  /// The terminal's present width in columns; nil if the descriptor is no terminal. It changes when a window is resized,
  /// so that it is read again for each line. 80 where the terminal does not know it.
  public static func columns(of descriptor: Int32) -> Int? {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return getenv("COLUMNS").flatMap { Int(String(cString: $0)) }.flatMap { $0 > 0 ? $0 : nil } ?? 80
  }

  /// The terminal's present height in rows; nil if the descriptor is no terminal, or if the terminal does not know it.
  public static func rows(of descriptor: Int32) -> Int? {
    var size = winsize()
    return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_row > 0 ? Int(size.ws_row) : nil
  }

  private static func isSet(_ name: String) -> Bool { getenv(name).map { $0.pointee != 0 } ?? false }
}
