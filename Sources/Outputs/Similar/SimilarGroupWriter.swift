import Platform
import Recognition
import Records

/// Writes groups of near duplicates in one of the formats.
public final class SimilarGroupWriter {
  /// The beginning of every group in JSON.
  static let head = "{\"schema\":\"imgrec-similar/1\","
  static let columns = ["group", "path", "keep", "distance", "width", "height", "bytes", "modified"]
  /// The last column, where mirrored copies were searched.
  static let mirrored = "mirrored"

  private let output: ByteOutput
  private let format: SimilarFormat
  private let hash: PerceptualHash
  private let keep: String
  private let marksMirrored: Bool
  private let terminator: UInt8
  private let style: TableStyle
  private var count = 0

  /// `keep` names the rule by which the first image of a group was chosen; `marksMirrored`: mirrored copies were searched.
  public init(
    _ output: ByteOutput, format: SimilarFormat, hash: PerceptualHash, keep: String, marksMirrored: Bool = false,
    nulTerminated: Bool = false
  ) {
    self.output = output
    self.format = format
    self.hash = hash
    self.keep = keep
    self.marksMirrored = marksMirrored
    terminator = nulTerminated ? 0 : UInt8(ascii: "\n")
    style = .standard(for: output)
  }

  public func write(_ group: SimilarGroup) throws(SinkError) {
    count += 1
    switch format {
    case .jsonl: try output.write(json: json(group) + [newline])
    case .json: try output.write(json: Array((count == 1 ? "[\n" : ",\n").utf8) + json(group))
    case .csv:
      try header()
      for (rank, image) in group.images.enumerated() { try output.write(text: row(image, isKept: rank == 0)) }
    case .table: try writeTable(group)
    case .paths:
      for image in group.images.dropFirst() { try output.write(image.path, terminator: terminator) }
    }
  }

  public func finish() throws(SinkError) {
    switch format {
    case .json: try output.write(Array((count == 0 ? "[]\n" : "\n]\n").utf8))
    case .csv: try header()
    case .jsonl, .table, .paths: break
    }
    try output.finish()
  }

  private func json(_ group: SimilarGroup) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("schema")
    json.string("imgrec-similar/1")
    json.key("hash")
    json.string(hash.rawValue)
    json.key("keep")
    json.string(keep)
    json.key("images")
    json.beginArray()
    for image in group.images {
      json.beginObject()
      json.key("path")
      json.string(repairing: image.path.bytes)
      if !image.path.isUTF8 {
        json.key("path_bytes")
        json.raw { $0.append(base64: image.path.bytes) }
      }
      for (key, number) in [
        ("distance", image.distance), ("width", image.size.width), ("height", image.size.height),
        ("bytes", image.bytes),
      ] {
        json.key(key)
        json.number(number)
      }
      if let modified = FileDate.utc(image.modified) {
        json.key("modified")
        json.string(modified)
      }
      if image.isMirrored {
        json.key(Self.mirrored)
        json.bool(true)
      }
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.out.bytes
  }

  private var hasHeader = false

  private func header() throws(SinkError) {
    guard !hasHeader else { return }
    hasHeader = true
    let columns = Self.columns + (marksMirrored ? [Self.mirrored] : [])
    try output.write(Array((columns.joined(separator: ",") + "\r\n").utf8))
  }

  private func row(_ image: SimilarGroup.Image, isKept: Bool) -> [UInt8] {
    var row = ByteWriter()
    row.append("\(count),")
    CSVCell.append(image.path.description, to: &row)
    let cells =
      [
        isKept ? "true" : "false", "\(image.distance)", "\(image.size.width)", "\(image.size.height)",
        "\(image.bytes)", FileDate.utc(image.modified) ?? "",
      ] + (marksMirrored ? [image.isMirrored ? "true" : "false"] : [])
    row.append("," + cells.joined(separator: ",") + "\r\n")
    return row.bytes
  }

  /// A block of lines a group; the first image, which is kept, is bold.
  private func writeTable(_ group: SimilarGroup) throws(SinkError) {
    if count == 1 {
      try line(["GROUP", "DISTANCE", "PIXELS", "SIZE", "MODIFIED", "PATH"], isBold: true)
    } else {
      try output.write([newline])
    }
    for (rank, image) in group.images.enumerated() {
      let cells = [
        rank == 0 ? "\(count)" : "", rank == 0 ? "keep" : "\(image.distance)" + (image.isMirrored ? " mir." : ""),
        "\(image.size.width)x\(image.size.height)", SummaryLine.size(image.bytes),
        FileDate.local(image.modified) ?? "-",
        TerminalText.escaped(image.path.description),
      ]
      try line(cells, isBold: rank == 0)
    }
  }

  private static let widths = [5, 8, 11, 9, 16]

  private func line(_ cells: [String], isBold: Bool) throws(SinkError) {
    var text = ""
    for (cell, width) in zip(cells, Self.widths) { text += TerminalText.padded(cell, to: width) + "  " }
    let path = cells[Self.widths.count]
    let left = style.width().map { max(20, $0 - text.utf8.count) }
    text += left.map { TerminalText.shortenedInMiddle(path, to: $0) } ?? path
    try output.write(Array(style.colours.painted(text, isBold ? .bold : nil).utf8) + [newline])
  }
}

private let newline = UInt8(ascii: "\n")
