import Recognition

/// The RIFF container around an encoded WebP.
enum WebPContainer {
  static func file(_ encoded: UnsafeRawBufferPointer, size: PixelSize, metadata: ImageMetadata) -> [UInt8] {
    guard metadata.exif != nil || metadata.profile != nil || metadata.xmp != nil else { return Array(encoded) }
    let source = ByteReader(encoded)
    var picture: [UInt8] = []
    var hasAlpha = false
    var at = 12
    while let length = source.le32(at + 4), at + 8 + length <= source.count {
      let end = at + 8 + length + (length & 1)
      if source.has("VP8X", at: at) {
        hasAlpha = hasAlpha || (source.u8(at + 8) ?? 0) & 0x10 != 0
      } else {
        if source.has("ALPH", at: at) { hasAlpha = true }
        if source.has("VP8L", at: at) { hasAlpha = hasAlpha || (source.u8(at + 12) ?? 0) & 0x10 != 0 }
        picture += source[at..<end].bytes
      }
      at = end
    }
    let flags =
      (metadata.profile == nil ? 0 : 0x20) | (hasAlpha ? 0x10 : 0) | (metadata.exif == nil ? 0 : 0x08)
      | (metadata.xmp == nil ? 0 : 0x04)
    var riff = Array("WEBPVP8X".utf8) + le(10, 4) + [UInt8(flags), 0, 0, 0] + le(size.width - 1, 3)
    riff += le(size.height - 1, 3)
    if let profile = metadata.profile { riff += chunk("ICCP", profile) }
    riff += picture
    if let exif = metadata.exif { riff += chunk("EXIF", exif) }
    if let xmp = metadata.xmp { riff += chunk("XMP ", xmp) }
    return Array("RIFF".utf8) + le(riff.count, 4) + riff
  }

  static func le(_ value: Int, _ size: Int) -> [UInt8] { (0..<size).map { UInt8(value >> (8 * $0) & 255) } }

  static func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
    Array(name.utf8) + le(body.count, 4) + body + (body.count % 2 == 1 ? [0] : [])
  }
}
