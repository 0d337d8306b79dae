/// PNG files as bytes, whose samples are stored without compression: of every kind, and damaged where a test wants it.
public struct PNGBytes {
  public enum Kind: Int, Sendable {
    case grey = 0
    case rgb = 2
    case palette = 3
    case greyAlpha = 4
    case rgba = 6

    public var channels: Int {
      switch self {
      case .grey, .palette: 1
      case .greyAlpha: 2
      case .rgb: 3
      case .rgba: 4
      }
    }
  }

  public var width: Int
  public var height: Int
  public var kind: Kind
  /// 1, 2, 4, 8 or 16 bits per sample.
  public var depth = 8
  public var isInterlaced = false
  public var palette: [UInt8] = []
  /// Body of tRNS; empty: none.
  public var transparency: [UInt8] = []
  /// Chunks between the header and the picture's data.
  public var extra: [UInt8] = []
  /// Bytes of picture data per chunk.
  public var dataChunk = 8192
  /// The sample at a pixel and channel.
  public var sample: (_ x: Int, _ y: Int, _ channel: Int) -> Int

  public init(
    width: Int, height: Int, kind: Kind, depth: Int = 8, sample: @escaping (_ x: Int, _ y: Int, _ channel: Int) -> Int
  ) {
    self.width = width
    self.height = height
    self.kind = kind
    self.depth = depth
    self.sample = sample
  }

  /// The file's chunks, the signature first, so that a test can leave some out or change them.
  public var parts: [[UInt8]] {
    var parts: [[UInt8]] = [[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]]
    let header = Self.big(width) + Self.big(height) + [UInt8(depth), UInt8(kind.rawValue), 0, 0, isInterlaced ? 1 : 0]
    parts.append(Self.chunk("IHDR", header))
    if !extra.isEmpty { parts.append(extra) }
    if !palette.isEmpty { parts.append(Self.chunk("PLTE", palette)) }
    if !transparency.isEmpty { parts.append(Self.chunk("tRNS", transparency)) }
    let data = Self.stored(isInterlaced ? interlaced : rows(0..<height, by: 1, 0..<width, by: 1))
    for start in stride(from: 0, to: data.count, by: dataChunk) {
      parts.append(Self.chunk("IDAT", Array(data[start..<min(data.count, start + dataChunk)])))
    }
    parts.append(Self.chunk("IEND", []))
    return parts
  }

  public var file: [UInt8] { Array(parts.joined()) }

  private var interlaced: [UInt8] {
    // Adam7: first row and column, and steps, of each pass.
    let passes = [(0, 8, 0, 8), (0, 8, 4, 8), (4, 8, 0, 4), (0, 4, 2, 4), (2, 4, 0, 2), (0, 2, 1, 2), (1, 2, 0, 1)]
    return passes.flatMap { top, down, left, across in
      top < height && left < width ? rows(top..<height, by: down, left..<width, by: across) : []
    }
  }

  /// Filtered rows (no filter) of some pixels.
  private func rows(_ rows: Range<Int>, by down: Int, _ columns: Range<Int>, by across: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for y in stride(from: rows.lowerBound, to: rows.upperBound, by: down) {
      bytes.append(0)
      var (bits, count) = (0, 0)
      for x in stride(from: columns.lowerBound, to: columns.upperBound, by: across) {
        for c in 0..<kind.channels {
          let value = sample(x, y, c)
          if depth == 16 { bytes.append(UInt8(value >> 8)) }
          if depth >= 8 {
            bytes.append(UInt8(value & 255))
            continue
          }
          bits = bits << depth | value
          count += depth
          if count == 8 {
            bytes.append(UInt8(bits))
            (bits, count) = (0, 0)
          }
        }
      }
      if count > 0 { bytes.append(UInt8(bits << (8 - count))) }
    }
    return bytes
  }

  /// A zlib stream of stored blocks.
  public static func stored(_ data: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: max(1, data.count), by: 65535) {
      let block = data[start..<min(data.count, start + 65535)]
      let (low, high) = (UInt8(block.count & 255), UInt8(block.count >> 8))
      bytes += [start + 65535 >= data.count ? 1 : 0, low, high, ~low, ~high] + block
    }
    var (a, b) = (1, 0)
    for byte in data {
      a = (a + Int(byte)) % 65521
      b = (b + a) % 65521
    }
    return bytes + big(b << 16 | a)
  }

  public static func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
    big(body.count) + Array(type.utf8) + body + big(Int(crc(Array(type.utf8) + body)))
  }

  static func big(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
  }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { table[Int(($0 ^ UInt32($1)) & 255)] ^ $0 >> 8 }
  }
}
