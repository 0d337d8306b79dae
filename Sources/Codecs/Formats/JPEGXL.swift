import Recognition

/// The header of a JPEG XL codestream, alone or in boxes (ISO/IEC 18181).
enum JPEGXL {
  private static let signature: [UInt8] = [0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20, 13, 10, 0x87, 10]

  static func isJPEGXL(_ file: ByteReader) -> Bool { file.starts(with: [0xFF, 0x0A]) || file.starts(with: signature) }

  /// Bytes of a pixel while libjxl decodes: three to four channels of 32 bits, and those of filters.
  private static let bytesPerPixel = 32

  static func header(of file: ByteReader) throws(Failure) -> ImageHeader {
    guard let stream = codestream(file) else { throw Failure(.decode, .truncated, "jpegxl: premature end of data") }
    var bits = Bits(stream[from: 2])
    guard let (size, orientation, isAnimated) = bits.metadata() else {
      throw Failure(.decode, .truncated, "jpegxl: premature end of data")
    }
    var header = ImageHeader(format: .jpegxl, storedSize: size, orientation: orientation)
    // The number of frames is not in the header.
    if isAnimated { header.warnings = ["jpegxl: an animation, whose first frame is read"] }
    header.setLibraryBytes(perPixel: bytesPerPixel)
    return header
  }

  /// The codestream, or as much of it as the first box holds.
  private static func codestream(_ file: ByteReader) -> ByteReader? {
    if file.starts(with: [0xFF, 0x0A]) { return file }
    guard let box = ISOBox.all(in: file).first(where: { $0.kind == "jxlc" || $0.kind == "jxlp" }) else { return nil }
    let stream = box.kind == "jxlc" ? box.body : box.body[from: 4]
    return stream.starts(with: [0xFF, 0x0A]) ? stream : nil
  }

  /// Numbers of some bits each, the lowest first.
  private struct Bits {
    private let file: ByteReader
    private var at = 0

    init(_ file: ByteReader) { self.file = file }

    mutating func read(_ count: Int) -> Int? {
      var value = 0
      for bit in 0..<count {
        guard let byte = file.u8(at / 8) else { return nil }
        value |= (byte >> (at % 8) & 1) << bit
        at += 1
      }
      return value
    }

    /// The size, the orientation if it is stated, and whether there are frames that follow each other in time.
    mutating func metadata() -> (PixelSize, Orientation?, Bool)? {
      guard let size = size(), let isUsual = read(1) else { return nil }
      guard isUsual == 0 else { return (size, nil, false) }
      guard let hasMore = read(1) else { return nil }
      guard hasMore == 1 else { return (size, nil, false) }
      guard let turned = read(3), let hasScreenSize = read(1) else { return nil }
      if hasScreenSize == 1, self.size() == nil { return nil }
      guard let hasPreview = read(1) else { return nil }
      // The header of a preview is not read.
      guard hasPreview == 0 else { return (size, Orientation(rawValue: turned + 1), false) }
      guard let isAnimated = read(1) else { return nil }
      return (size, Orientation(rawValue: turned + 1), isAnimated == 1)
    }

    private mutating func size() -> PixelSize? {
      guard let isSmall = read(1), let height = side(isSmall: isSmall == 1), let ratio = read(3) else { return nil }
      let ratios = [(1, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1)]
      guard ratio == 0 else {
        return PixelSize(width: height * ratios[ratio].0 / ratios[ratio].1, height: height)
      }
      return side(isSmall: isSmall == 1).map { PixelSize(width: $0, height: height) }
    }

    private mutating func side(isSmall: Bool) -> Int? {
      if isSmall { return read(5).map { 8 * ($0 + 1) } }
      guard let choice = read(2) else { return nil }
      return read([9, 13, 18, 30][choice]).map { $0 + 1 }
    }
  }
}
