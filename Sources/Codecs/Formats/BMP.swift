import Recognition

/// Windows and OS/2 bitmaps.
enum BMP {
  static func isBMP(_ file: ByteReader) -> Bool {
    guard file.has("BM"), let header = file.le32(14), [12, 16, 40, 52, 56, 64, 108, 124].contains(header) else {
      return false
    }
    return file.le16(header == 12 ? 22 : 26) == 1
  }

  static func header(of file: ByteReader) throws(Failure) -> ImageHeader {
    guard let start = file.le32(10), let headerSize = file.le32(14) else {
      throw Failure(.decode, .truncated, "bmp: no header")
    }
    let old = headerSize == 12
    guard let width = old ? file.le16(18) : file.le32(18), let rawHeight = old ? file.le16(20) : file.le32(22),
      let depth = file.le16(old ? 24 : 28), let compression = headerSize >= 40 ? file.le32(30) : 0
    else { throw Failure(.decode, .truncated, "bmp: no header") }
    // A negative height: rows from the top.
    let height = old ? rawHeight : Int(Int32(truncatingIfNeeded: rawHeight).magnitude)
    guard (1...Int(Int32.max)).contains(width), height > 0, [1, 4, 8, 16, 24, 32].contains(depth) else {
      throw Failure(.decode, .corrupt, "bmp: no valid size")
    }
    var header = ImageHeader(format: .bmp, storedSize: PixelSize(width: width, height: height), orientation: nil)
    let isWhole: Bool
    switch compression {
    case 0, 3, 6: isWhole = (file.count - start) / height >= (width * depth + 31) / 32 * 4
    case 1, 2: isWhole = runsEnd(file, from: start, halves: compression == 2)
    default: throw Failure(.decode, .unsupported, "bmp: compression \(compression)")
    }
    if !isWhole { header.fault = Failure(.decode, .truncated, "bmp: premature end of data") }
    return header
  }

  /// Whether run-length data reach their end marker.
  private static func runsEnd(_ file: ByteReader, from start: Int, halves: Bool) -> Bool {
    var at = start
    while let count = file.u8(at), let value = file.u8(at + 1) {
      at += 2
      guard count == 0 else { continue }
      switch value {
      case 0: continue
      case 1: return true
      case 2: at += 2
      default: at += ((halves ? (value + 1) / 2 : value) + 1) & ~1
      }
    }
    return false
  }
}
