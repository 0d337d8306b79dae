import Recognition

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
    // Negative heights are pictures from the top.
    let height = old ? rawHeight : Int(Int32(truncatingIfNeeded: rawHeight).magnitude)
    guard (1...Int(Int32.max)).contains(width), height > 0, [1, 4, 8, 16, 24, 32].contains(depth) else {
      throw Failure(.decode, .corrupt, "bmp: no sound size")
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

  /// Whether run-length data come to their end mark.
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

/// PBM, PGM, PPM (P1 to P6) and PAM (P7).
enum PNM {
  struct Header {
    var kind: Int, size: PixelSize, most: Int, depth: Int, start: Int
  }

  static func header(of file: ByteReader) -> Header? {
    guard file.has("P"), let kind = file.u8(1).map({ $0 - 48 }), (1...7).contains(kind), let gap = file.u8(2),
      isSpace(gap)
    else { return nil }
    if kind == 7 { return pamHeader(of: file) }
    var at = 2
    guard let width = number(file, &at), let height = number(file, &at) else { return nil }
    var most = 1
    if kind != 1, kind != 4 {
      guard let value = number(file, &at), (1...65535).contains(value) else { return nil }
      most = value
    }
    guard let end = file.u8(at), isSpace(end) else { return nil }
    return Header(
      kind: kind, size: PixelSize(width: width, height: height), most: most, depth: kind % 3 == 0 ? 3 : 1, start: at + 1
    )
  }

  static func imageHeader(of file: ByteReader) throws(Failure) -> ImageHeader {
    guard let header = header(of: file) else { throw Failure(.decode, .corrupt, "pnm: no sound header") }
    let size = header.size
    guard size.width < 1 << 24, size.height < 1 << 24 else {
      throw Failure(.decode, .tooManyPixels, "pnm: \(size.width) x \(size.height) pixels")
    }
    let samples = size.area * header.depth
    let isWhole =
      switch header.kind {
      case 4: header.start + (size.width + 7) / 8 * size.height <= file.count
      case 5, 6, 7: header.start + samples * (header.most > 255 ? 2 : 1) <= file.count
      default: hasNumbers(file, from: header.start, count: samples, single: header.kind == 1)
      }
    var image = ImageHeader(format: .pnm, storedSize: size, orientation: nil)
    if !isWhole { image.fault = Failure(.decode, .truncated, "pnm: premature end of data") }
    return image
  }

  /// Whether `count` numbers are there, in text; bits (`single`) need no space between them.
  private static func hasNumbers(_ file: ByteReader, from start: Int, count: Int, single: Bool) -> Bool {
    var found = 0
    var inside = false
    for at in start..<max(start, file.count) {
      let isDigit = (48...57).contains(file.bytes[at])
      if isDigit, single || !inside { found += 1 }
      inside = isDigit
      if found == count { return true }
    }
    return found >= count
  }

  private static func pamHeader(of file: ByteReader) -> Header? {
    var at = 3
    var fields: [String: Int] = [:]
    while at < min(file.count, 1024) {
      var line: [UInt8] = []
      while let byte = file.u8(at), byte != 10, line.count < 256 {
        line.append(UInt8(byte))
        at += 1
      }
      at += 1
      let words = String(decoding: line, as: UTF8.self).split(separator: " ")
      if words.first == "ENDHDR" { break }
      if words.count == 2, let value = Int(words[1]) { fields[String(words[0])] = value }
    }
    guard let width = fields["WIDTH"], let height = fields["HEIGHT"], let depth = fields["DEPTH"],
      let most = fields["MAXVAL"], width > 0, height > 0, (1...4).contains(depth), (1...65535).contains(most)
    else { return nil }
    return Header(kind: 7, size: PixelSize(width: width, height: height), most: most, depth: depth, start: at)
  }

  private static func isSpace(_ byte: Int) -> Bool { byte == 32 || (9...13).contains(byte) }

  /// The next number, after space and comments.
  private static func number(_ file: ByteReader, _ at: inout Int) -> Int? {
    while let byte = file.u8(at), at < 64 << 10 {
      if byte == 35 {
        while let byte = file.u8(at), byte != 10 { at += 1 }
      } else if !isSpace(byte) {
        break
      }
      at += 1
    }
    var value = 0
    var digits = 0
    while let byte = file.u8(at), (48...57).contains(byte), digits < 9 {
      value = value * 10 + byte - 48
      digits += 1
      at += 1
    }
    return digits > 0 && value > 0 ? value : nil
  }
}

enum JPEG2000 {
  static func isJPEG2000(_ file: ByteReader) -> Bool {
    file.starts(with: [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20, 13, 10, 0x87, 10])
      || file.starts(with: [0xFF, 0x4F, 0xFF, 0x51])
  }

  static func header(of file: ByteReader) throws(Failure) -> ImageHeader {
    let stream = try codestream(of: file)
    guard stream.be16(0) == 0xFF4F, stream.be16(2) == 0xFF51, let right = stream.be32(8), let bottom = stream.be32(12),
      let left = stream.be32(16), let top = stream.be32(20), right > left, bottom > top
    else { throw Failure(.decode, stream.count < 24 ? .truncated : .corrupt, "jpeg2000: no sound size") }
    // The end mark, before what little may be padded behind it.
    var end = stream.count
    while end > 0, stream.count - end < 4096, stream.u8(end - 1) == 0 { end -= 1 }
    let isWhole = end >= 2 && stream.be16(end - 2) == 0xFFD9
    return ImageHeader(
      format: .jpeg2000, storedSize: PixelSize(width: right - left, height: bottom - top), orientation: nil,
      warnings: isWhole ? [] : ["jpeg2000: premature end of data"])
  }

  private static func codestream(of file: ByteReader) throws(Failure) -> ByteReader {
    if file.be16(0) == 0xFF4F { return file }
    var at = 0
    for _ in 0..<1000 {
      guard var length = file.be32(at), at + 8 <= file.count else { break }
      var body = at + 8
      if length == 1 {
        guard let long = file.number(at + 8, size: 8, bigEndian: true) else { break }
        length = long
        body += 8
      }
      if length == 0 { length = file.count - at }
      if file.has("jp2c", at: at + 4) {
        return length <= file.count - at ? file[body..<at + length] : file[from: body]
      }
      guard length >= 8, length <= file.count - at else { break }
      at += length
    }
    throw Failure(.decode, .truncated, "jpeg2000: no picture")
  }
}

enum DICOM {
  /// Best effort: rows and columns where they stand in the first 64 KB, with explicit or implicit types.
  static func header(of file: ByteReader) throws(Failure) -> ImageHeader {
    guard let height = value(file, element: 0x10), let width = value(file, element: 0x11), width > 0, height > 0 else {
      throw Failure(.decode, .corrupt, "dicom: no size")
    }
    return ImageHeader(format: .dicom, storedSize: PixelSize(width: width, height: height), orientation: nil)
  }

  /// Group 0028, a 16-bit number.
  private static func value(_ file: ByteReader, element: Int) -> Int? {
    for at in stride(from: 132, to: min(file.count, 64 << 10), by: 2)
    where file.le16(at) == 0x28 && file.le16(at + 2) == element {
      if file.has("US\u{2}\0", at: at + 4) || file.le32(at + 4) == 2 { return file.le16(at + 8) }
    }
    return nil
  }
}
