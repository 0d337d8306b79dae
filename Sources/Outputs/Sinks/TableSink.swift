import Platform
import Recognition
import Records

/// Layout of a table.
public struct TableStyle: Sendable {
  /// Returns the present columns of the terminal; nil: text is not shortened, and each image has one line.
  public var width: @Sendable () -> Int?
  public var colours: TerminalStyle

  public init(width: Int? = 100, colour: Bool = false) {
    self.width = { width }
    colours = TerminalStyle(isColoured: colour)
  }

  /// The terminal's width and colours; neither for other outputs.
  public static func standard(for output: ByteOutput) -> TableStyle {
    guard output.isTerminal else { return TableStyle(width: nil, colour: false) }
    var style = TableStyle()
    style.width = { TerminalStyle.columns(of: STDOUT_FILENO) ?? 80 }
    style.colours = TerminalStyle(of: STDOUT_FILENO)
    return style
  }
}

/// A short table for people: path, size, best answers; each line is written as soon as it is known.
public final class TableSink: Sink {
  private let output: ByteOutput
  private let style: TableStyle
  private let tasks: [TaskKind]
  private var layout: TableLayout
  private var isFirst = true

  /// Maximum number of findings of a task in a line.
  private static let maxFindings = 3
  /// The first cells of a further line of an image.
  private var noName: [TableLayout.Cell] { Array(repeating: ("", nil), count: layout.hasSize ? 2 : 1) }

  /// `tasks`: those of the run, in the order of the answers; several have a column each on a terminal.
  public init(_ output: ByteOutput, style: TableStyle, tasks: [TaskKind] = []) {
    self.output = output
    self.style = style
    self.tasks = tasks
    layout = TableLayout(width: style.width(), tasks: tasks)
  }

  public func write(_ outcome: Outcome) throws(SinkError) {
    // A window may have been resized.
    let width = style.width()
    if width != layout.width {
      let present = TableLayout(width: width, tasks: tasks)
      isFirst = isFirst || present.heads != layout.heads
      layout = present
    }
    if isFirst {
      isFirst = false
      try line(layout.heads.map { ($0, .bold) })
    }
    let page = outcome.page.map { " [\($0.number)/\($0.count)]" } ?? ""
    let size = outcome.facts.size.map { "\($0.width)x\($0.height)" } ?? ""
    let name = [(outcome.path.description + page, nil)] + (layout.hasSize ? [(size, nil)] : []) as [TableLayout.Cell]
    switch outcome.result {
    case .success(let answers):
      guard layout.width != nil else {
        let fault = outcome.fileFailure.map { Self.text(of: $0) + "; " } ?? ""
        let warning = outcome.warnings.first.map { " (\($0))" } ?? ""
        return try line(name + [(fault + answers.map { Self.summary(of: $0) }.joined(separator: "; ") + warning, nil)])
      }
      if let failure = outcome.fileFailure { try line(name + [(Self.text(of: failure), .failure)]) }
      try write(answers, after: outcome.fileFailure == nil ? name : noName)
      if let warning = outcome.warnings.first { try line(noName + [("warning: \(warning)", .warning)]) }
    case .failure(let failure): try line(name + [(Self.text(of: failure), .failure)])
    }
  }

  public func flush() throws(SinkError) { try output.flush() }
  public func finish() throws(SinkError) { try output.finish() }

  /// The answers of an image, on a terminal.
  private func write(_ answers: [Answer], after name: [TableLayout.Cell]) throws(SinkError) {
    func text(of task: TaskKind) -> String {
      answers.first { $0.task == task }.map { Self.summary(of: $0, isNamed: true) } ?? ""
    }
    switch layout.taskColumns {
    case .beside: try line(name + tasks.map { (text(of: $0), nil) })
    case .below:
      for (index, task) in tasks.enumerated() {
        try line((index == 0 ? name : noName) + [(task.rawValue, nil), (text(of: task), nil)])
      }
    case nil: try line(name + [(answers.map { Self.summary(of: $0) }.joined(separator: "; "), nil)])
    }
  }

  private static func text(of failure: Failure) -> String { "\(failure.code.rawValue): \(failure.message)" }

  private func line(_ cells: [TableLayout.Cell]) throws(SinkError) {
    try output.write(Array((layout.line(cells, style.colours) + "\n").utf8))
  }

  /// "tabby 0.93, tiger cat 0.04" or "faces 2 (0.95, 0.88)"; the task is named if the column does not name it and it
  /// would not be clear.
  static func summary(of answer: Answer, isNamed: Bool = false) -> String {
    let prefix = isNamed ? "" : "\(answer.task.rawValue): "
    switch answer.findings {
    case .labels(let labels):
      guard !labels.isEmpty else { return prefix + "nothing" }
      return labels.prefix(maxFindings).map { "\($0.label) \(score($0.score))" }.joined(separator: ", ")
    case .detections(let found):
      guard !found.isEmpty else { return prefix + "none" }
      let more = found.count > maxFindings ? ", …" : ""
      if found.contains(where: { $0.label != nil || $0.text != nil || $0.identity != nil }) {
        return found.prefix(maxFindings).map { found in
          // Of a person the distance counts, not how sure the detector is that this is a face.
          if let person = found.identity { return "\(person.name) (distance \(score(person.distance)))" }
          guard let name = found.text ?? found.label else { return "unknown" }
          return "\(name) \(score(found.score))"
        }.joined(separator: ", ")
          + (more.isEmpty ? "" : " and \(found.count - maxFindings) more")
      }
      return (isNamed ? "" : "\(answer.task.rawValue) ") + "\(found.count) ("
        + found.prefix(maxFindings).map { score($0.score) }.joined(separator: ", ") + more + ")"
    case .segments(let segments):
      guard !segments.isEmpty else { return prefix + "nothing" }
      return segments.prefix(maxFindings).map { segment in
        let share = Double(segment.area) / Double(max(1, segment.mask.size.area))
        return "\(segment.label) \(fixed(share * 100, 0)) % of the picture"
      }.joined(separator: ", ")
    case .embedding(let vector): return prefix + "\(vector.count) numbers"
    case .measures(let measures):
      return measures.map { "\($0.name) \(fixed($0.value, 2))" }.joined(separator: ", ")
    case .codes(let codes):
      guard !codes.isEmpty else { return prefix + "none" }
      let more = codes.count > maxFindings ? " and \(codes.count - maxFindings) more" : ""
      return codes.prefix(maxFindings).map { "\($0.isbn == nil ? $0.format : "ISBN") \($0.isbn ?? $0.text)" }
        .joined(separator: ", ") + more
    case .upscaled(let upscaled):
      let file = upscaled.file.description
      return upscaled.isKept ? "kept \(file)" : "\(upscaled.size.width)x\(upscaled.size.height) \(file)"
    }
  }

  private static func score(_ value: Float) -> String { fixed(Double(value), 2) }
}

/// `value` with exactly `decimals` decimals.
func fixed(_ value: Double, _ decimals: Int) -> String {
  var writer = ByteWriter()
  writer.append(value, decimals: decimals)
  var text = writer.text
  guard decimals > 0 else { return text }
  if !text.contains(".") { text += "." }
  let present = text.utf8.count - text.utf8.distance(from: text.utf8.startIndex, to: text.utf8.firstIndex(of: 46)!) - 1
  return text + String(repeating: "0", count: decimals - present)
}
