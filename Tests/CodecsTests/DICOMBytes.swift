/// Draws DICOM files of any encoding.
struct DICOMBytes {
  var syntax = "1.2.840.10008.1.2.1"
  var isExplicit = true
  var isBigEndian = false
  private(set) var body: [UInt8] = []

  /// The file: preamble, meta information and elements.
  var file: [UInt8] { [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + meta + body }

  var meta: [UInt8] {
    var meta = DICOMBytes()
    meta.add(0x0002_0010, "UI", syntax)
    var length = DICOMBytes()
    length.add(0x0002_0000, "UL", bytes: length.number(meta.body.count, 4))
    return length.body + meta.body
  }

  init(syntax: String = "1.2.840.10008.1.2.1", isExplicit: Bool = true, isBigEndian: Bool = false) {
    self.syntax = syntax
    self.isExplicit = isExplicit
    self.isBigEndian = isBigEndian
  }

  func number(_ value: Int, _ size: Int) -> [UInt8] {
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    return isBigEndian ? bytes.reversed() : bytes
  }

  /// `length` nil: undefined.
  private mutating func head(_ tag: Int, _ kind: String, _ length: Int?) {
    body += number(tag >> 16, 2) + number(tag & 0xFFFF, 2)
    let length = length ?? 0xFFFF_FFFF
    guard isExplicit, tag >> 16 != 0xFFFE else {
      body += number(length, 4)
      return
    }
    body += kind.utf8
    body += ["OB", "OW", "SQ", "UN"].contains(kind) ? [0, 0] + number(length, 4) : number(length, 2)
  }

  mutating func add(_ tag: Int, _ kind: String, bytes: [UInt8]) {
    head(tag, kind, bytes.count)
    body += bytes
  }

  mutating func add(_ tag: Int, _ kind: String, _ text: String) {
    add(tag, kind, bytes: Array(text.utf8) + (text.utf8.count % 2 == 1 ? [kind == "UI" ? 0 : 32] : []))
  }

  /// Numbers of 16 bits.
  mutating func add(_ tag: Int, _ kind: String = "US", _ values: Int...) {
    add(tag, kind, bytes: values.flatMap { number($0, 2) })
  }

  /// A sequence; `isDefined`: with stated lengths, otherwise with delimiters.
  mutating func add(_ tag: Int, items: [(inout DICOMBytes) -> Void], isDefined: Bool = false) {
    var content = self
    content.body = []
    for fill in items {
      var item = self
      item.body = []
      fill(&item)
      content.head(0xFFFE_E000, "", isDefined ? item.body.count : nil)
      content.body += item.body
      if !isDefined { content.head(0xFFFE_E00D, "", 0) }
    }
    head(tag, "SQ", isDefined ? content.body.count : nil)
    body += content.body
    if !isDefined { head(0xFFFE_E0DD, "", 0) }
  }

  mutating func add(fragments: [[UInt8]], offsets: [Int] = []) {
    head(0x7FE0_0010, "OB", nil)
    for fragment in [offsets.flatMap { number($0, 4) }] + fragments {
      head(0xFFFE_E000, "", fragment.count + fragment.count % 2)
      body += fragment + (fragment.count % 2 == 1 ? [0] : [])
    }
    head(0xFFFE_E0DD, "", 0)
  }

  /// The elements that every picture has, of 32 x 24 pixels.
  mutating func describe(
    _ photometric: String, samples: Int = 1, allocated: Int = 8, stored: Int? = nil, isSigned: Bool = false,
    planar: Int? = nil, frames: Int? = nil, width: Int = 32, height: Int = 24
  ) {
    add(0x0008_0060, "CS", "OT")
    add(0x0028_0002, "US", samples)
    add(0x0028_0004, "CS", photometric)
    if let planar { add(0x0028_0006, "US", planar) }
    if let frames { add(0x0028_0008, "IS", "\(frames)") }
    add(0x0028_0010, "US", height)
    add(0x0028_0011, "US", width)
    add(0x0028_0100, "US", allocated)
    add(0x0028_0101, "US", stored ?? allocated)
    add(0x0028_0102, "US", (stored ?? allocated) - 1)
    add(0x0028_0103, "US", isSigned ? 1 : 0)
  }

  /// Pixel data of one sample per pixel.
  mutating func add(pixels: (Int, Int) -> Int, bytes: Int, frames: Int = 1) {
    var data: [UInt8] = []
    for y in 0..<24 * frames { for x in 0..<32 { data += number(pixels(x, y), bytes) } }
    add(0x7FE0_0010, bytes > 1 ? "OW" : "OB", bytes: data)
  }
}
