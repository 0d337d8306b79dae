import Recognition

/// The chunks of a WebP that a copy keeps.
struct WebPFilter {
  private(set) var removed: RemovedMetadata = []
  private(set) var exif: [UInt8]?
  private(set) var xmp: [UInt8]?
  private(set) var isLossless = false
  private var chunks: [UInt8] = []
  private var flags = Int?.none

  init(_ file: ByteReader, strips: Bool) {
    var at = 12
    while let length = file.le32(at + 4), length <= file.count - at - 8 {
      let body = file[at + 8..<at + 8 + length]
      let whole = Array(file[at..<at + 8 + length].bytes) + (length % 2 == 1 ? [0] : [])
      if file.has("VP8X", at: at) {
        flags = body.u8(0)
        chunks += whole
      } else if ["ICCP", "ALPH", "VP8 ", "VP8L"].contains(where: { file.has($0, at: at) }) {
        chunks += whole
        isLossless = isLossless || file.has("VP8L", at: at)
      } else if file.has("EXIF", at: at), exif == nil {
        let found = ExifFilter.filtered(body, strips: strips)
        removed.formUnion(found?.removed ?? .unreadable)
        exif = found?.exif
      } else if file.has("XMP ", at: at), xmp == nil {
        let found = XMPFilter.filtered(body)
        removed.formUnion(found?.removed ?? .unreadable)
        if !strips { xmp = found?.bytes }
      } else {
        removed.insert(.makerData)
      }
      at += 8 + length + (length & 1)
    }
  }

  /// A file of the same picture data.
  var file: [UInt8] {
    var body = chunks
    // The flags of the extended header are the first byte of the first chunk.
    if let flags { body[8] = UInt8(flags & ~0x0C | (exif == nil ? 0 : 0x08) | (xmp == nil ? 0 : 0x04)) }
    if flags != nil {
      if let exif { body += WebPContainer.chunk("EXIF", exif) }
      if let xmp { body += WebPContainer.chunk("XMP ", xmp) }
    }
    return Array("RIFF".utf8) + WebPContainer.le(body.count + 4, 4) + Array("WEBP".utf8) + body
  }
}
