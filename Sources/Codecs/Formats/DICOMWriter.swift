/// Writes data elements with explicit value representations in little-endian order.
struct DICOMWriter {
  private(set) var file: [UInt8] = []

  /// Writes elements without the beginning of a file, for an item.
  init() {}

  /// Writes the preamble and the meta information.
  init(transferSyntax: String) {
    var meta = DICOMWriter()
    meta.bytes(0x0002_0001, "OB", [0, 1])
    meta.text(0x0002_0010, "UI", transferSyntax)
    file = [UInt8](repeating: 0, count: 128) + Array("DICM".utf8)
    header(0x0002_0000, "UL", 4)
    append(meta.file.count, 4)
    file += meta.file
  }

  private mutating func append(_ value: Int, _ size: Int) {
    for i in 0..<size { file.append(UInt8(truncatingIfNeeded: value >> (8 * i))) }
  }

  private mutating func header(_ tag: Int, _ kind: String, _ length: Int) {
    append(tag >> 16, 2)
    append(tag & 0xFFFF, 2)
    file += kind.utf8
    if ["OB", "OW", "SQ"].contains(kind) {
      append(0, 2)
      append(length, 4)
    } else {
      append(length, 2)
    }
  }

  mutating func number(_ tag: Int, _ value: Int) {
    header(tag, "US", 2)
    append(value, 2)
  }

  mutating func text(_ tag: Int, _ kind: String, _ value: String) {
    let padding = value.utf8.count % 2
    header(tag, kind, value.utf8.count + padding)
    file += value.utf8
    if padding > 0 { file.append(kind == "UI" ? 0 : 32) }
  }

  mutating func bytes(_ tag: Int, _ kind: String, _ value: [UInt8]) {
    let padding = value.count % 2
    header(tag, kind, value.count + padding)
    file += value
    if padding > 0 { file.append(0) }
  }

  /// Writes a sequence of one item.
  mutating func sequence(_ tag: Int, _ content: [UInt8]) {
    header(tag, "SQ", content.count + 8)
    item(content.count)
    file += content
  }

  /// Writes pixel data in fragments, with an empty offset table.
  mutating func fragments(_ fragments: [ByteReader]) {
    header(0x7FE0_0010, "OB", 0xFFFF_FFFF)
    item(0)
    for fragment in fragments {
      let padding = fragment.count % 2
      item(fragment.count + padding)
      file += fragment.bytes
      if padding > 0 { file.append(0) }
    }
    append(0xFFFE, 2)
    append(0xE0DD, 2)
    append(0, 4)
  }

  private mutating func item(_ length: Int) {
    append(0xFFFE, 2)
    append(0xE000, 2)
    append(length, 4)
  }
}
