import CPixels
import Recognition

/// The chunks of a PNG, checked before libpng reads them: it accepts text and colour profiles of any inflated size, and
/// prints its errors.
enum PNG {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  static func header(of file: ByteReader) throws(Failure) -> ImageHeader {
    guard file.be32(8) == 13, file.has("IHDR", at: 12), let width = file.be32(16), let height = file.be32(20),
      file.count >= 33
    else { throw Failure(.decode, file.count < 33 ? .truncated : .corrupt, "png: no header") }
    var header = ImageHeader(
      format: .png, storedSize: PixelSize(width: width, height: height), orientation: nil)
    try walk(file) { chunk in
      if file.has("eXIf", at: chunk.lowerBound + 4), header.orientation == .upright {
        header.orientation = Exif.orientation(exif: file[chunk.lowerBound + 8..<chunk.upperBound - 4]) ?? .upright
      } else if file.has("acTL", at: chunk.lowerBound + 4), let frames = file.be32(chunk.lowerBound + 8), frames > 1 {
        header.warnings.append("png: \(frames) frames, the first is read")
      }
    }
    return header
  }

  /// The file with only the chunks that the picture needs; nil if it has no others.
  static func picture(of file: ByteReader) throws(Failure) -> [UInt8]? {
    var chunks: [Range<Int>] = []
    var size = signature.count
    var fault: Failure?
    var dataChunks = 0
    try walk(file) { chunk in
      let type = chunk.lowerBound + 4
      let critical = file.u8(type).map { $0 & 0x20 == 0 } ?? false
      guard critical || file.has("tRNS", at: type) else { return }
      if critical, !["IHDR", "PLTE", "IDAT", "IEND"].contains(where: { file.has($0, at: type) }) {
        fault = fault ?? Failure(.decode, .unsupported, "png: an unknown critical chunk")
      }
      let body = UnsafeRawBufferPointer(rebasing: file.bytes[type..<chunk.upperBound - 4])
      let sum = cpixels_crc32(0, body.assumingMemoryBound(to: UInt8.self).baseAddress, body.count)
      if Int(sum) != file.be32(chunk.upperBound - 4) {
        fault = fault ?? Failure(.decode, .corrupt, "png: a checksum is wrong")
      }
      if file.has("IDAT", at: type) { dataChunks += 1 }
      chunks.append(chunk)
      size += chunk.count
    }
    if let fault { throw fault }
    if dataChunks == 0 { throw Failure(.decode, .corrupt, "png: no picture data") }
    if size == file.count { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    bytes.append(contentsOf: signature)
    for chunk in chunks { bytes.append(contentsOf: file.bytes[chunk]) }
    return bytes
  }

  /// Visits every chunk (length, type, data and checksum) up to IEND.
  static func walk(_ file: ByteReader, _ visit: (Range<Int>) -> Void) throws(Failure) {
    var at = signature.count
    while let length = file.be32(at), file.count - at >= 12, length <= file.count - at - 12 {
      visit(at..<at + 12 + length)
      if file.has("IEND", at: at + 4) { return }
      at += 12 + length
    }
    throw Failure(.decode, .truncated, "png: premature end of data")
  }
}
