/// EXIF data as bytes, with any entries, of either byte order.
public struct ExifBytes {
  public enum Value: Sendable {
    case text(String)
    case bytes([UInt8])
    case short(Int)
    case long(Int)
    case fractions([(Int, Int)])
  }

  public typealias Entries = [(tag: Int, value: Value)]

  public var bigEndian: Bool
  public var isBig: Bool
  /// The number after the byte order; nil: that of TIFF or BigTIFF.
  public var version: Int?

  public init(bigEndian: Bool = false, isBig: Bool = false, version: Int? = nil) {
    self.bigEndian = bigEndian
    self.isBig = isBig
    self.version = version
  }

  /// The entries of a telephone's picture, with every field that is read.
  public static let main: Entries = [(0x010F, .text("Acme Corp.")), (0x0110, .text("Zoom 3"))]
  public static let exif: Entries = [
    (0x9003, .text("2024:05:01 12:30:11")), (0x9011, .text("+02:00")), (0xA434, .text("Acme 50mm F1.8")),
  ]
  public static let gps: Entries = [
    (1, .text("S")), (2, .fractions([(33, 1), (51, 1), (2520, 100)])), (3, .text("W")),
    (4, .fractions([(70, 1), (30, 1), (0, 1)])), (5, .bytes([1])), (6, .fractions([(125, 10)])),
  ]

  /// A block with those entries.
  public static func usual(bigEndian: Bool = false) -> [UInt8] {
    ExifBytes(bigEndian: bigEndian).block(main: main, exif: exif, gps: gps)
  }

  /// A TIFF stream whose first directory has `main`, and links to the others if they have entries.
  public func block(main: Entries, exif: Entries = [], gps: Entries = []) -> [UInt8] {
    var bytes = Array((bigEndian ? "MM" : "II").utf8) + number(version ?? (isBig ? 43 : 42), 2)
    if isBig { bytes += number(8, 2) + number(0, 2) }
    bytes += number(isBig ? 16 : 8, isBig ? 8 : 4)
    var links = main
    if !exif.isEmpty { links.append((0x8769, .long(0))) }
    if !gps.isEmpty { links.append((0x8825, .long(0))) }
    // The sizes do not depend on the offsets.
    var next = bytes.count + directory(links, at: bytes.count).count
    for (tag, entries) in [(0x8769, exif), (0x8825, gps)] where !entries.isEmpty {
      links = links.map { $0.tag == tag ? (tag, .long(next)) : $0 }
      next += directory(entries, at: next).count
    }
    bytes += directory(links, at: bytes.count)
    for entries in [exif, gps] where !entries.isEmpty { bytes += directory(entries, at: bytes.count) }
    return bytes
  }

  /// A directory at an offset, with its values behind it.
  private func directory(_ entries: Entries, at offset: Int) -> [UInt8] {
    let width = isBig ? 8 : 4
    var head = number(entries.count, isBig ? 8 : 2)
    var values: [UInt8] = []
    let end = offset + head.count + entries.count * (isBig ? 20 : 12) + width
    for (tag, value) in entries {
      let (type, count, data) = encoded(value)
      head += number(tag, 2) + number(type, 2) + number(count, width)
      if data.count <= width {
        head += data + [UInt8](repeating: 0, count: width - data.count)
      } else {
        head += number(end + values.count, width)
        values += data
      }
    }
    return head + number(0, width) + values
  }

  private func encoded(_ value: Value) -> (type: Int, count: Int, data: [UInt8]) {
    switch value {
    case .text(let text): (2, text.utf8.count + 1, Array(text.utf8) + [0])
    case .bytes(let bytes): (1, bytes.count, bytes)
    case .short(let short): (3, 1, number(short, 2))
    case .long(let long): (4, 1, number(long, 4))
    case .fractions(let pairs): (5, pairs.count, pairs.flatMap { number($0.0, 4) + number($0.1, 4) })
    }
  }

  private func number(_ value: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * (bigEndian ? size - 1 - $0 : $0))) }
  }

  /// `jpeg` with an EXIF segment at its beginning.
  public static func jpeg(_ block: [UInt8], before jpeg: [UInt8]) -> [UInt8] {
    let body = Array("Exif\0\0".utf8) + block
    return [0xFF, 0xD8, 0xFF, 0xE1, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 255)] + body
      + jpeg.dropFirst(2)
  }
}
