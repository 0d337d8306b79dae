import Recognition

/// JPEG 2000 codestreams, bare or in JP2 boxes (ISO/IEC 15444-1).
enum JPEG2000 {
  static func isJPEG2000(_ file: ByteReader) -> Bool {
    file.starts(with: [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20, 13, 10, 0x87, 10])
      || file.starts(with: [0xFF, 0x4F, 0xFF, 0x51])
  }

  static func header(of file: ByteReader) throws(Failure) -> ImageHeader {
    let stream = try codestream(of: file)
    guard stream.be16(0) == 0xFF4F, stream.be16(2) == 0xFF51, let right = stream.be32(8), let bottom = stream.be32(12),
      let left = stream.be32(16), let top = stream.be32(20), right > left, bottom > top
    else { throw Failure(.decode, stream.count < 24 ? .truncated : .corrupt, "jpeg2000: no valid size") }
    // The end marker, before a little padding.
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
      // A box is at least as long as its own header.
      guard length >= body - at else { break }
      if file.has("jp2c", at: at + 4) {
        return length <= file.count - at ? file[body..<at + length] : file[from: body]
      }
      guard length <= file.count - at else { break }
      at += length
    }
    throw Failure(.decode, .truncated, "jpeg2000: no codestream")
  }
}
