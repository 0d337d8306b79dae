/// A picture to be written as a TIFF, with any fields: for kinds that no encoder at hand writes.
struct TIFFPicture {
  enum Field {
    case shorts([Int])
    case longs([Int])
    case longs8([Int])
    case bytes([UInt8])
  }

  var fields: [Int: Field] = [:]
  /// Strips or tiles; their offsets and sizes become fields.
  var blocks: [[UInt8]]
  var isTiled = false
  var subdirectories: [TIFFPicture] = []

  /// A picture in one strip.
  init(
    _ width: Int, _ height: Int, bits: Int, samples: Int = 1, photometric: Int, format: Int = 1, compression: Int = 1,
    data: [UInt8]
  ) {
    blocks = [data]
    fields = [
      256: .longs([width]), 257: .longs([height]), 258: .shorts(Array(repeating: bits, count: samples)),
      259: .shorts([compression]), 262: .shorts([photometric]), 277: .shorts([samples]), 278: .longs([height]),
      339: .shorts(Array(repeating: format, count: samples)),
    ]
  }

  func with(_ fields: [Int: Field]) -> TIFFPicture {
    var copy = self
    copy.fields.merge(fields) { $1 }
    return copy
  }

  /// In tiles of this size instead of strips.
  func tiled(_ width: Int, _ height: Int, _ tiles: [[UInt8]]) -> TIFFPicture {
    var copy = with([322: .longs([width]), 323: .longs([height])])
    copy.fields[278] = nil
    copy.isTiled = true
    copy.blocks = tiles
    return copy
  }
}

/// Writes TIFFs, classic or big, of either byte order.
struct TIFFWriter {
  var bigEndian = false
  var isBig = false
  private var bytes: [UInt8] = []

  init(bigEndian: Bool = false, isBig: Bool = false) {
    self.bigEndian = bigEndian
    self.isBig = isBig
  }

  /// A file whose chain of directories holds `pages`; `last` is the link of the last one.
  mutating func file(_ pages: [TIFFPicture], last: Int = 0) -> [UInt8] {
    bytes = Array((bigEndian ? "MM" : "II").utf8) + number(isBig ? 43 : 42, 2)
    if isBig { bytes += number(8, 2) + number(0, 2) }
    var link = bytes.count
    bytes += number(0, isBig ? 8 : 4)
    for page in pages {
      let (offset, next) = append(page)
      put(offset, link, isBig ? 8 : 4)
      link = next
    }
    put(last, link, isBig ? 8 : 4)
    return bytes
  }

  func number(_ value: Int, _ size: Int) -> [UInt8] {
    let little = (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    return bigEndian ? little.reversed() : little
  }

  private mutating func put(_ value: Int, _ at: Int, _ size: Int) {
    bytes.replaceSubrange(at..<at + size, with: number(value, size))
  }

  /// Appends data and directory; returns the directory's offset, and that of its link to the next one.
  private mutating func append(_ page: TIFFPicture) -> (offset: Int, link: Int) {
    var fields = page.fields
    var offsets: [Int] = []
    for block in page.blocks {
      if bytes.count % 2 == 1 { bytes.append(0) }
      offsets.append(bytes.count)
      bytes += block
    }
    let tags = page.isTiled ? (324, 325) : (273, 279)
    if fields[tags.0] == nil { fields[tags.0] = .longs(offsets) }
    if fields[tags.1] == nil { fields[tags.1] = .longs(page.blocks.map(\.count)) }
    if !page.subdirectories.isEmpty { fields[330] = .longs(page.subdirectories.map { append($0).offset }) }
    let width = isBig ? 8 : 4
    var entries: [UInt8] = []
    for (tag, field) in fields.sorted(by: { $0.key < $1.key }) {
      let (type, count, values): (Int, Int, [UInt8]) =
        switch field {
        case .shorts(let list): (3, list.count, list.flatMap { number($0, 2) })
        case .longs(let list): (4, list.count, list.flatMap { number($0, 4) })
        case .longs8(let list): (16, list.count, list.flatMap { number($0, 8) })
        case .bytes(let list): (1, list.count, list)
        }
      entries += number(tag, 2) + number(type, 2) + number(count, width)
      if values.count <= width {
        entries += values + [UInt8](repeating: 0, count: width - values.count)
      } else {
        if bytes.count % 2 == 1 { bytes.append(0) }
        entries += number(bytes.count, width)
        bytes += values
      }
    }
    if bytes.count % 2 == 1 { bytes.append(0) }
    let offset = bytes.count
    bytes += number(fields.count, isBig ? 8 : 2) + entries
    bytes += number(0, width)
    return (offset, bytes.count - width)
  }
}

extension TIFFPicture {
  /// A file of this picture alone.
  func file(bigEndian: Bool = false, isBig: Bool = false) -> [UInt8] {
    var writer = TIFFWriter(bigEndian: bigEndian, isBig: isBig)
    return writer.file([self])
  }
}

/// Packs `values` of `bits` each, the highest bit first; each row of `perRow` values begins at a byte.
func packed(_ values: [Int], bits: Int, perRow: Int) -> [UInt8] {
  var bytes: [UInt8] = []
  for start in stride(from: 0, to: values.count, by: perRow) {
    var pending = 0
    var count = 0
    for value in values[start..<start + perRow] {
      for bit in stride(from: bits - 1, through: 0, by: -1) {
        pending = pending << 1 | (value >> bit & 1)
        count += 1
        if count == 8 {
          bytes.append(UInt8(pending))
          (pending, count) = (0, 0)
        }
      }
    }
    if count > 0 { bytes.append(UInt8(pending << (8 - count))) }
  }
  return bytes
}

/// The bytes of whole numbers of `size` bytes each, in either order.
func integers(_ values: [Int], size: Int, bigEndian: Bool = false) -> [UInt8] {
  let writer = TIFFWriter(bigEndian: bigEndian)
  return values.flatMap { writer.number($0, size) }
}
