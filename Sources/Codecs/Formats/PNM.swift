import Platform
import Recognition

/// The header of PBM, PGM, PPM (P1 to P6) and PAM (P7).
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
    /// PAM only: the type of its tuples, if it is stated.
    var tuples: String?

    var isText: Bool { kind <= 3 }
    var hasAlpha: Bool { depth == 2 || depth == 4 }
    /// Samples in all.
    var samples: Int { size.area * depth }
    var bytesPerSample: Int { maximum > 255 ? 2 : 1 }
    /// Bytes of a row of a binary file.
    var rowBytes: Int { kind == 4 ? (size.width + 7) / 8 : size.width * depth * bytesPerSample }
  }

  /// Largest side: products of two, with the bytes of a pixel, fit an `Int`.
  private static let longestSide = 999_999_999

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
    guard (1...4).contains(header.depth) else {
      throw Failure(.decode, .unsupported, "pnm: \(header.depth) samples per pixel are not supported; convert it first")
    }
    if let kind = header.tuples, !knownTuples.contains(kind) {
      throw Failure(.decode, .unsupported, "pnm: tuples of type \(kind.prefix(40)) are not supported; convert it first")
    }
    var image = ImageHeader(format: .pnm, storedSize: header.size, orientation: nil)
    image.isGrey = header.depth == 1
    image.wholeChannels = header.hasAlpha ? 4 : 0
    // In text, a sample takes a digit, and a space but for the last one; bits need no space.
    let least =
      header.isText
      ? (header.kind == 1 ? header.samples : header.samples * 2 - 1) : header.rowBytes * header.size.height
    if file.count - header.start < least { image.fault = truncated }
    return image
  }

  static let truncated = Failure(.decode, .truncated, "pnm: premature end of data")

  private static let knownTuples: Set<String> = [
    "BLACKANDWHITE", "GRAYSCALE", "RGB", "BLACKANDWHITE_ALPHA", "GRAYSCALE_ALPHA", "RGB_ALPHA",
  ]

  private static func pamHeader(of file: ByteReader) -> Header? {
    var at = 3
    var fields: [String: Int] = [:]
    var tuples: String?
    while at < min(file.count, 1024) {
      var line: [UInt8] = []
      while let byte = file.u8(at), byte != 10, line.count < 256 {
        line.append(UInt8(byte))
        at += 1
      }
      at += 1
      let words = String(decoding: line, as: UTF8.self).split(separator: " ")
      if words.first == "ENDHDR" { break }
      guard words.count == 2 else { continue }
      if words[0] == "TUPLTYPE" { tuples = String(words[1]) }
      if let value = Int(words[1]) { fields[String(words[0])] = value }
    }
    guard let width = fields["WIDTH"], let height = fields["HEIGHT"], let depth = fields["DEPTH"],
      let maximum = fields["MAXVAL"], (1...longestSide).contains(width), (1...longestSide).contains(height),
      (1...1000).contains(depth), (1...65535).contains(maximum)
    else { return nil }
    return Header(
      kind: 7, size: PixelSize(width: width, height: height), maximum: maximum, depth: depth, start: at, tuples: tuples)
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
