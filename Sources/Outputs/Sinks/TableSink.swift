import Platform
import Recognition
import Records

/// Layout of a table.
public struct TableStyle: Sendable {
  /// Columns of the terminal; nil: text is not shortened.
  public var width: Int?
  public var colour: Bool

  public init(width: Int? = 100, colour: Bool = false) {
    self.width = width
    self.colour = colour
  }

  /// The terminal's width, and colours unless NO_COLOR or TERM=dumb disable them; neither for other outputs.
  public static func standard(for output: ByteOutput) -> TableStyle {
    guard output.isTerminal else { return TableStyle(width: nil, colour: false) }
    var size = winsize()
    var width = 100
    if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { width = Int(size.ws_col) }
    let colour = !isSet("NO_COLOR") && variable("TERM") != "dumb"
    return TableStyle(width: width, colour: colour)
  }

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
  private static func isSet(_ name: String) -> Bool { variable(name).map { !$0.isEmpty } ?? false }
}

/// A short table for people: path, size, best answers; each line is written as soon as it is known.
public final class TableSink: Sink {
  private let output: ByteOutput
  private let style: TableStyle
  private let pathColumns: Int
  private let answerColumns: Int
  private var isFirst = true

  private static let sizeColumns = 11
  /// Maximum number of findings of a task in a line.
  private static let maxFindings = 3

  public init(_ output: ByteOutput, style: TableStyle) {
    self.output = output
    self.style = style
    guard let width = style.width else {
      pathColumns = 48
      answerColumns = .max
      return
    }
    // Two spaces between the columns.
    let shared = max(40, width) - Self.sizeColumns - 4
    pathColumns = min(60, max(12, shared * 2 / 5))
    answerColumns = shared - pathColumns
  }

  public func write(_ outcome: Outcome) throws(SinkError) {
    if isFirst {
      isFirst = false
      try line("PATH", "SIZE", "ANSWER", colour: "1")
    }
    let page = outcome.page.map { " [\($0.number)/\($0.count)]" } ?? ""
    let path = TerminalText.escaped(outcome.path.description) + page
    let size = outcome.facts.size.map { "\($0.width)x\($0.height)" } ?? ""
    switch outcome.result {
    case .success(let answers):
      let text = answers.map { Self.summary(of: $0, alone: answers.count == 1) }.joined(separator: "; ")
      let fault = outcome.fileFailure.map { "\($0.code.rawValue): \($0.message); " } ?? ""
      let warning = outcome.warnings.first.map { " (\($0))" } ?? ""
      try line(path, size, fault + text + warning, colour: outcome.fileFailure == nil ? nil : "31")
    case .failure(let failure):
      try line(path, size, "\(failure.code.rawValue): \(failure.message)", colour: "31")
    }
  }

  public func flush() throws(SinkError) { try output.flush() }
  public func finish() throws(SinkError) { try output.finish() }

  private func line(_ path: String, _ size: String, _ answer: String, colour: String?) throws(SinkError) {
    let name = style.width == nil ? path : TerminalText.fitted(path, to: pathColumns, keepingEnd: true)
    var text = TerminalText.fitted(TerminalText.escaped(answer), to: answerColumns)
    if let colour, style.colour { text = "\u{1b}[\(colour)m\(text)\u{1b}[0m" }
    let columns = [
      TerminalText.padded(name, to: pathColumns), TerminalText.padded(size, to: Self.sizeColumns), text,
    ]
    try output.write(Array((columns.joined(separator: "  ") + "\n").utf8))
  }

  /// "tabby 0.93, tiger cat 0.04" or "faces 2 (0.95, 0.88)"; the task is named if it would not be clear.
  static func summary(of answer: Answer, alone: Bool) -> String {
    switch answer.findings {
    case .labels(let labels):
      guard !labels.isEmpty else { return "\(answer.task.rawValue): nothing" }
      return labels.prefix(maxFindings).map { "\($0.label) \(score($0.score))" }.joined(separator: ", ")
    case .detections(let found):
      guard !found.isEmpty else { return "\(answer.task.rawValue): none" }
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
      return "\(answer.task.rawValue) \(found.count) ("
        + found.prefix(maxFindings).map { score($0.score) }.joined(separator: ", ") + more + ")"
    case .segments(let segments):
      guard !segments.isEmpty else { return "\(answer.task.rawValue): nothing" }
      return segments.prefix(maxFindings).map { segment in
        let share = Double(segment.area) / Double(max(1, segment.mask.size.area))
        return "\(segment.label) \(fixed(share * 100, 0)) % of the picture"
      }.joined(separator: ", ")
    case .embedding(let vector): return "\(answer.task.rawValue): \(vector.count) numbers"
    case .measures(let measures):
      return measures.map { "\($0.name) \(fixed($0.value, 2))" }.joined(separator: ", ")
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
