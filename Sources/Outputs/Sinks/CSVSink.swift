import Recognition
import Records

/// RFC 4180, with a header: one row per finding, and one row for an image without any. Bytes of paths that are not
/// UTF-8 become U+FFFD, and no cell is a formula (`CSVCell`).
public final class CSVSink: Sink {
  private let output: ByteOutput
  private var row = ByteWriter()
  private var needsHeader: Bool
  /// Whether rows end with the EXIF fields of the file.
  private let hasExif: Bool

  /// The names of the columns.
  public static let columns = [
    "path", "status", "format", "width", "height", "task", "rank", "label", "score", "x", "y", "w", "h", "text",
    "error_code", "error_message", "page", "distance",
  ]

  /// The names of the columns that follow with EXIF fields.
  public static let exifColumns = ["taken", "taken_offset", "camera", "lens", "latitude", "longitude", "altitude"]

  public init(_ output: ByteOutput, hasExif: Bool = false) {
    self.output = output
    self.hasExif = hasExif
    needsHeader = output.startsEmpty
  }

  public func write(_ outcome: Outcome) throws(SinkError) {
    try header()
    row.removeAll()
    for answer in outcome.answers {
      for (index, finding) in Self.findings(of: answer).enumerated() {
        append(outcome, answer.task, rank: index + 1, finding)
      }
    }
    if row.isEmpty { append(outcome) }
    try output.write(text: row.bytes)
  }

  public func flush() throws(SinkError) { try output.flush() }

  public func finish() throws(SinkError) {
    try header()
    try output.finish()
  }

  private func header() throws(SinkError) {
    guard needsHeader else { return }
    needsHeader = false
    try output.write(Array(((Self.columns + (hasExif ? Self.exifColumns : [])).joined(separator: ",") + "\r\n").utf8))
  }

  /// The columns of one finding; those without a value stay empty.
  private struct Finding {
    var label = ""
    var score: Double?
    var box: Box?
    var text = ""
    /// To the person whose name is the text.
    var distance: Float?
  }

  private static func findings(of answer: Answer) -> [Finding] {
    switch answer.findings {
    case .labels(let labels): labels.map { Finding(label: $0.label, score: Double($0.score)) }
    case .detections(let detections):
      detections.map {
        Finding(
          label: $0.label ?? "", score: Double($0.score), box: $0.box, text: $0.identity?.name ?? $0.text ?? "",
          distance: $0.identity?.distance)
      }
    case .segments(let segments):
      segments.map { Finding(label: $0.label, score: Double($0.score), box: $0.box) }
    case .embedding: []  // vectors are in JSON only
    case .measures(let measures): measures.map { Finding(label: $0.name, text: number($0.value)) }
    case .codes(let codes): codes.map { Finding(label: $0.format, box: $0.box, text: $0.text) }
    case .upscaled(let upscaled): [Finding(label: upscaled.file.description, score: 1)]
    }
  }

  private static func number(_ value: Double) -> String {
    var text = ByteWriter()
    text.append(value, decimals: Decimals.measure)
    return text.text
  }

  /// Appends the row of a finding, or that of an image without any.
  private func append(_ outcome: Outcome, _ task: TaskKind? = nil, rank: Int? = nil, _ finding: Finding = Finding()) {
    let facts = outcome.facts
    field(outcome.path.description)
    row.append(outcome.failure == nil ? ",ok," : ",error,")
    row.append(facts.formatName ?? "")
    for value in [facts.size?.width, facts.size?.height] {
      row.append(comma)
      if let value { row.append(value) }
    }
    row.append(comma)
    row.append(task?.rawValue ?? "")
    row.append(comma)
    if let rank { row.append(rank) }
    row.append(comma)
    field(finding.label)
    row.append(comma)
    if let score = finding.score { row.append(score, decimals: Decimals.score) }
    let box = finding.box
    for value in [box?.x, box?.y, box?.width, box?.height] {
      row.append(comma)
      if let value { row.append(Double(value), decimals: Decimals.pixel) }
    }
    for text in [finding.text, outcome.failure?.code.rawValue ?? "", outcome.failure?.message ?? ""] {
      row.append(comma)
      field(text)
    }
    row.append(comma)
    if let page = outcome.page { row.append(page.number) }
    row.append(comma)
    if let distance = finding.distance { row.append(Double(distance), decimals: Decimals.score) }
    if hasExif { append(facts.exif ?? ExifFields()) }
    row.append("\r\n")
  }

  private static func isOffset(_ text: String) -> Bool {
    (text.hasPrefix("+") || text.hasPrefix("-"))
      && text.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) || $0 == 0x3A }
  }

  private func append(_ exif: ExifFields) {
    for text in [exif.taken, exif.takenOffset, exif.camera, exif.lens] {
      row.append(comma)
      guard let text else { continue }
      // An offset begins with a sign, and is no formula: it stays as it is.
      if Self.isOffset(text) { row.append(text) } else { field(text) }
    }
    let position = exif.position
    for (value, decimals) in [
      (position?.latitude, Decimals.degree), (position?.longitude, Decimals.degree),
      (position?.altitude, Decimals.altitude),
    ] {
      row.append(comma)
      if let value { row.append(value, decimals: decimals) }
    }
  }

  private func field(_ text: String) { CSVCell.append(text, to: &row) }
}

private let comma = UInt8(ascii: ",")
