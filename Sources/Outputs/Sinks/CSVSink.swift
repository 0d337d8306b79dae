import Recognition
import Records

/// RFC 4180, with a header: one row per finding, and one row for an image without any. Bytes of paths that are not
/// UTF-8 become U+FFFD.
public final class CSVSink: Sink {
  private let output: ByteOutput
  private var row = ByteWriter()
  private var needsHeader: Bool

  /// The names of the columns.
  public static let columns = [
    "path", "status", "format", "width", "height", "task", "rank", "label", "score", "x", "y", "w", "h", "text",
    "error_code", "error_message",
  ]

  public init(_ output: ByteOutput) {
    self.output = output
    needsHeader = output.startsEmpty
  }

  public func write(_ outcome: Outcome) throws(SinkError) {
    try header()
    row.removeAll()
    switch outcome.result {
    case .failure(let failure):
      begin(outcome)
      row.append(",,,,,,,,,")
      field(failure.code.rawValue)
      row.append(comma)
      field(failure.message)
      end()
    case .success(let answers):
      for answer in answers { rows(outcome, answer) }
      if row.isEmpty {
        begin(outcome)
        row.append(",,,,,,,,,,")
        end()
      }
    }
    try output.write(row.bytes)
  }

  public func flush() throws(SinkError) { try output.flush() }

  public func finish() throws(SinkError) {
    try header()
    try output.finish()
  }

  private func header() throws(SinkError) {
    guard needsHeader else { return }
    needsHeader = false
    try output.write(Array((Self.columns.joined(separator: ",") + "\r\n").utf8))
  }

  private func rows(_ outcome: Outcome, _ answer: Answer) {
    switch answer.findings {
    case .labels(let labels):
      for (rank, label) in labels.enumerated() {
        begin(outcome, answer.task, rank, label: label.label, score: label.score)
        row.append(",,,,,,,")
        end()
      }
    case .detections(let detections):
      for (rank, found) in detections.enumerated() {
        begin(outcome, answer.task, rank, label: found.label ?? "", score: found.score)
        box(found.box)
        row.append(comma)
        field(found.identity?.name ?? found.text ?? "")
        row.append(",,")
        end()
      }
    case .segments(let segments):
      for (rank, segment) in segments.enumerated() {
        begin(outcome, answer.task, rank, label: segment.label, score: segment.score)
        box(segment.box)
        row.append(",,,")
        end()
      }
    case .embedding: break  // vectors are in JSON only
    case .measures(let measures):
      for (rank, measure) in measures.enumerated() {
        begin(outcome, answer.task, rank, label: measure.name, score: nil)
        row.append(",,,,,")
        row.append(measure.value, decimals: Decimals.measure)
        row.append(",,")
        end()
      }
    case .upscaled(let upscaled):
      begin(outcome, answer.task, 0, label: upscaled.file.description, score: 1)
      row.append(",,,,,,,")
      end()
    }
  }

  /// Appends the columns up to `score`.
  private func begin(_ outcome: Outcome, _ task: TaskKind, _ rank: Int, label: String, score: Float?) {
    begin(outcome)
    row.append(task.rawValue)
    row.append(comma)
    row.append(rank + 1)
    row.append(comma)
    field(label)
    row.append(comma)
    if let score { row.append(Double(score), decimals: Decimals.score) }
  }

  private func box(_ box: Box) {
    for value in [box.x, box.y, box.width, box.height] {
      row.append(comma)
      row.append(Double(value), decimals: Decimals.pixel)
    }
  }

  /// Appends the columns before `task`, and the comma after them.
  private func begin(_ outcome: Outcome) {
    field(outcome.path.description)
    row.append(outcome.failure == nil ? ",ok," : ",error,")
    row.append(outcome.facts.format?.rawValue ?? "")
    row.append(comma)
    if let size = outcome.facts.size {
      row.append(size.width)
      row.append(comma)
      row.append(size.height)
    } else {
      row.append(comma)
    }
    row.append(comma)
  }

  private func end() { row.append("\r\n") }

  private func field(_ text: String) {
    let quoted =
      text.utf8.contains { $0 == 0x22 || $0 == 0x2c || $0 == 0x0a || $0 == 0x0d }
      || text.utf8.first == 0x20 || text.utf8.last == 0x20
    guard quoted else { return row.append(text) }
    row.append(quote)
    for byte in text.utf8 {
      if byte == quote { row.append(quote) }
      row.append(byte)
    }
    row.append(quote)
  }
}

private let comma = UInt8(ascii: ",")
private let quote = UInt8(ascii: "\"")
