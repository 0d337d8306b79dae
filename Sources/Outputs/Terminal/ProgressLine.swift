/// The line of a progress bar, no wider than the terminal: a line that wraps could not be erased.
public struct ProgressLine: Sendable {
  public var done: Int
  /// nil while it is not known.
  public var total: Int?
  /// What stands after the bar, the most important first.
  public var parts: [String]

  public init(done: Int, total: Int?, parts: [String]) {
    self.done = done
    self.total = total
    self.parts = parts
  }

  private static let widest = 24
  private static let narrowest = 8

  /// The line for a terminal of that many columns, of which the last one stays free. The bar gets shorter first, then
  /// the last parts are left out.
  public func text(columns: Int) -> String {
    let room = max(1, columns - 1)
    var parts = parts.map(TerminalText.escaped)
    var count = SummaryLine.count(done)
    if let total, total > 0 { count += "/" + SummaryLine.count(total) }
    while true {
      let tail = ([count] + parts).joined(separator: "  ")
      let left = room - TerminalText.width(tail) - 3
      if let total, total > 0, left >= Self.narrowest {
        let bar = min(Self.widest, left)
        let filled = min(bar, max(0, bar * done / total))
        return "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: bar - filled) + "] " + tail
      }
      if TerminalText.width(tail) <= room, total == nil || total == 0 || parts.count <= 1 { return tail }
      guard parts.popLast() != nil else { return TerminalText.fitted(count, to: room) }
    }
  }
}
