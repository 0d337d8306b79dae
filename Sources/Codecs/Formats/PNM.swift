import Platform
import Recognition

/// PBM, PGM, PPM (P1 to P6) and PAM (P7).
enum PNM {
  struct Header {
    /// 1 to 7, for P1 to P7.
    var kind: Int
    var size: PixelSize
    /// The value of white.
    var maximum: Int
    /// Samples per pixel.
    var depth: Int
    /// Offset of the first sample.
    var start: Int
  }

  static func header(of file: ByteReader) -> Header? {
    guard file.has("P"), let kind = file.u8(1).map({ $0 - 48 }), (1...7).contains(kind), let gap = file.u8(2),
      isSpace(gap)
    else { return nil }
    if kind == 7 { return pamHeader(of: file) }
    var at = 2
    guard let width = number(file, &at), let height = number(file, &at) else { return nil }
    var maximum = 1
    if kind != 1, kind != 4 {
      guard let value = number(file, &at), (1...65535).contains(value) else { return nil }
      maximum = value
    }
    guard let end = file.u8(at), isSpace(end) else { return nil }
    return Header(
      kind: kind, size: PixelSize(width: width, height: height), maximum: maximum, depth: kind % 3 == 0 ? 3 : 1,
      start: at + 1
    )
  }

  static func imageHeader(of file: ByteReader) throws(Failure) -> ImageHeader {
    guard let header = header(of: file) else { throw Failure(.decode, .corrupt, "pnm: no valid header") }
    let size = header.size
    guard size.width < 1 << 24, size.height < 1 << 24 else {
      throw Failure(.decode, .tooManyPixels, "pnm: \(size.width) x \(size.height) pixels")
    }
    let samples = size.area * header.depth
    let isWhole =
      switch header.kind {
      case 4: header.start + (size.width + 7) / 8 * size.height <= file.count
      case 5, 6, 7: header.start + samples * (header.maximum > 255 ? 2 : 1) <= file.count
      default: hasNumbers(file, from: header.start, count: samples, single: header.kind == 1)
      }
    var image = ImageHeader(format: .pnm, storedSize: size, orientation: nil)
    if !isWhole { image.fault = Failure(.decode, .truncated, "pnm: premature end of data") }
    return image
  }

  /// Whether the text from `start` on holds `count` numbers; bits (`single`) need no space between them.
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
      let maximum = fields["MAXVAL"], width > 0, height > 0, (1...4).contains(depth), (1...65535).contains(maximum)
    else { return nil }
    return Header(kind: 7, size: PixelSize(width: width, height: height), maximum: maximum, depth: depth, start: at)
  }

  private static func isSpace(_ byte: Int) -> Bool { byte == 32 || (9...13).contains(byte) }

  /// The next positive number, after space and comments.
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
