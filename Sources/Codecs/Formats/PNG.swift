import Recognition

/// The header of a PNG, and its chunks.
enum PNG {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Reads the header; every frame of an animation has the size of the canvas.
  static func header(of file: ByteReader, page: Int = 0) throws(Failure) -> ImageHeader {
    if file.has("CgBI", at: 12) {
      throw Failure(.decode, .unsupported, "png: Apple's variant for iOS (CgBI) is not supported; convert it first")
    }
    guard file.be32(8) == 13, file.has("IHDR", at: 12), let width = file.be32(16), let height = file.be32(20),
      let kind = file.u8(25), let interlace = file.u8(28), file.count >= 33
    else { throw Failure(.decode, file.count < 33 ? .truncated : .corrupt, "png: no header") }
    var header = ImageHeader(
      format: .png, storedSize: PixelSize(width: width, height: height), orientation: nil)
    var hasAlpha = kind & 4 != 0
    var isAnimated = false
    let chunks = walk(file) { chunk in
      let type = chunk.lowerBound + 4
      if file.has("eXIf", at: type), header.orientation == .upright {
        header.orientation = Exif.orientation(exif: file[chunk.lowerBound + 8..<chunk.upperBound - 4]) ?? .upright
      } else if file.has("acTL", at: type) {
        isAnimated = true
      } else if file.has("tRNS", at: type) {
        hasAlpha = true
      }
    }
    // A palette is colour; 0 and 4 are grey.
    header.isGrey = kind & 3 == 0
    if hasAlpha {
      header.wholeChannels = 4
    } else if interlace != 0 {
      header.wholeChannels = header.isGrey ? 1 : 3
    }
    if isAnimated { header.setAnimation(APNG(file), page: page) }
    if !chunks.hasData {
      header.fault =
        chunks.isWhole
        ? Failure(.decode, .corrupt, "png: no picture data")
        : Failure(.decode, .truncated, "png: premature end of data")
    }
    return header
  }

  /// Visits every whole chunk (length, type, data and checksum) up to IEND. Returns whether there is picture data, even
  /// if cut, and whether IEND was reached.
  @discardableResult
  static func walk(_ file: ByteReader, _ visit: (Range<Int>) -> Void) -> (hasData: Bool, isWhole: Bool) {
    var at = signature.count
    var hasData = false
    while let length = file.be32(at), length <= Int(Int32.max) {
      if file.has("IDAT", at: at + 4), file.count > at + 8, length > 0 { hasData = true }
      guard file.count - at >= 12, length <= file.count - at - 12 else { break }
      visit(at..<at + 12 + length)
      if file.has("IEND", at: at + 4) { return (hasData, true) }
      at += 12 + length
    }
    return (hasData, false)
  }
}
