import Platform
import Recognition

/// A table with a heading whose columns keep to the width of the terminal.
public final class ColumnTable {
  public enum Width: Sendable {
    /// In columns of the terminal.
    case fixed(Int)
    /// A part of what the fixed columns leave, and not more columns of the terminal than `most`. Paths keep their beginning
    /// and their end.
    case share(Int, most: Int, keepsEnds: Bool)
  }

  private let output: ByteOutput
  private let titles: [String]
  private let widths: [(columns: Int, keepsEnds: Bool)]
  private let colours: TerminalStyle
  /// Columns of the terminal when the table began; nil: text is not shortened.
  private let width: Int?
  private var isFirst = true

  public init(_ output: ByteOutput, style: TableStyle? = nil, columns: [(title: String, width: Width)]) {
    self.output = output
    let style = style ?? .standard(for: output)
    colours = style.colours
    let width = style.width()
    self.width = width
    titles = columns.map(\.title)
    let fixed = columns.reduce(2 * (columns.count - 1)) {
      if case .fixed(let width) = $1.width { $0 + width } else { $0 }
    }
    let parts = columns.reduce(0) { if case .share(let part, _, _) = $1.width { $0 + part } else { $0 } }
    let left = max(20, (width ?? 120) - fixed)
    widths = columns.map {
      switch $0.width {
      case .fixed(let width): (width, false)
      case .share(let part, let most, let keepsEnds): (min(most, max(8, left * part / max(1, parts))), keepsEnds)
      }
    }
  }

  /// Writes a row; control characters in it are escaped. The last cell of a short row takes the columns that are left.
  public func write(_ cells: [String], isFault: Bool = false) throws(SinkError) {
    if isFirst {
      isFirst = false
      try line(titles, .bold)
    }
    try line(cells, isFault ? .failure : nil)
  }

  private func line(_ cells: [String], _ colour: TerminalStyle.Colour?) throws(SinkError) {
    var texts: [String] = []
    for (number, cell) in cells.enumerated() {
      var text = TerminalText.escaped(cell)
      let isLast = number == cells.count - 1
      if width != nil {
        let columns = isLast ? left(from: number) : widths[number].columns
        text =
          widths[number].keepsEnds
          ? TerminalText.shortenedInMiddle(text, to: columns) : TerminalText.fitted(text, to: columns)
      }
      texts.append(isLast ? text : TerminalText.padded(text, to: widths[number].columns))
    }
    try output.write(Array("\(colours.painted(texts.joined(separator: "  "), colour))\n".utf8))
  }

  /// The columns of the terminal from a cell to the end of the row.
  private func left(from number: Int) -> Int {
    widths[number...].reduce(2 * (widths.count - 1 - number)) { $0 + $1.columns }
  }
}
