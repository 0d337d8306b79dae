import Recognition

/// The columns of a table of answers.
struct TableLayout {
  typealias Cell = (text: String, colour: TerminalStyle.Colour?)

  /// How several tasks share the columns of a terminal.
  enum TaskColumns {
    /// A column for each task.
    case beside
    /// A line for each task, where columns would be too narrow.
    case below
  }

  /// Columns of the terminal; nil: nothing is shortened.
  let width: Int?
  /// nil for one task, and without a width: all answers are one text.
  let taskColumns: TaskColumns?
  let heads: [String]
  let hasSize: Bool
  /// Columns of each cell; the last one takes the rest of the line.
  private let widths: [Int]

  /// Columns of "10000x10000".
  private static let sizeColumns = 11
  /// Columns of a terminal below which several tasks leave none to the size.
  private static let minColumnsWithSize = 100
  /// Columns below which a task has a line of its own: "tabby 0.93" and an ellipsis.
  private static let minTaskColumns = 13
  /// Spaces between two columns.
  private static let gap = 2

  init(width: Int?, tasks: [TaskKind]) {
    self.width = width
    guard let width else {
      taskColumns = nil
      hasSize = true
      heads = ["PATH", "SIZE", "ANSWER"]
      widths = [48, Self.sizeColumns, .max]
      return
    }
    let columns = max(40, width)
    hasSize = tasks.count < 2 || columns >= Self.minColumnsWithSize
    let size = hasSize ? [Self.sizeColumns] : []
    let shared = columns - Self.gap - size.reduce(0) { $0 + $1 + Self.gap }
    guard tasks.count > 1 else {
      taskColumns = nil
      heads = ["PATH", "SIZE", "ANSWER"]
      let path = min(60, max(12, shared * 2 / 5))
      widths = [path] + size + [shared - path]
      return
    }
    let path = min(60, max(12, shared / (tasks.count + 1)))
    let each = (shared - path - Self.gap * (tasks.count - 1)) / tasks.count
    if each >= Self.minTaskColumns {
      taskColumns = .beside
      heads = (hasSize ? ["PATH", "SIZE"] : ["PATH"]) + tasks.map { $0.rawValue.uppercased() }
      // What the division leaves over is the last column's.
      let last = shared - path - (each + Self.gap) * (tasks.count - 1)
      widths = [path] + size + Array(repeating: each, count: tasks.count - 1) + [last]
    } else {
      taskColumns = .below
      heads = (hasSize ? ["PATH", "SIZE"] : ["PATH"]) + ["TASK", "ANSWER"]
      let name = tasks.map(\.rawValue.count).max() ?? 0
      let path = min(60, max(12, shared / 3))
      widths = [path] + size + [name, max(Self.minTaskColumns, shared - path - name - Self.gap)]
    }
  }

  /// One line, without spaces at its end. The last cell takes all columns that are left.
  func line(_ cells: [Cell], _ style: TerminalStyle) -> String {
    var line = ""
    var pending = 0
    for (index, cell) in cells.enumerated() {
      let room = index == cells.count - 1 ? rest(from: index) : widths[index]
      let text = TerminalText.escaped(cell.text)
      let shown =
        width == nil
        ? text : index == 0 ? TerminalText.shortenedInMiddle(text, to: room) : TerminalText.fitted(text, to: room)
      if !shown.isEmpty {
        line += String(repeating: " ", count: pending) + style.painted(shown, cell.colour)
        pending = 0
      }
      if index < cells.count - 1 { pending += max(0, room - TerminalText.width(shown)) + Self.gap }
    }
    return line
  }

  /// Columns from the cell of that index to the end of the line.
  private func rest(from index: Int) -> Int {
    width == nil ? .max : widths[index...].reduce(0, +) + Self.gap * (widths.count - 1 - index)
  }
}
