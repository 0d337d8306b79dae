import Recognition

/// Tells a file's format by its first bytes; names do not count.
///
/// Two letters are no proof, so formats with short signatures must show sound fields behind them.
public enum FormatSniffer {
  public static func format(of bytes: UnsafeRawBufferPointer) -> ImageFormat? {
    let file = ByteReader(bytes)
    if file.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
    if file.starts(with: PNG.signature) { return .png }
    if file.has("RIFF"), file.has("WEBP", at: 8) { return .webp }
    if TIFF.isTIFF(file) { return .tiff }
    if BMP.isBMP(file) { return .bmp }
    if PNM.header(of: file) != nil { return .pnm }
    if JPEG2000.isJPEG2000(file) { return .jpeg2000 }
    if file.has("DICM", at: 128) { return .dicom }
    return unreadable(file)
  }

  /// The formats that are known only to be named.
  private static func unreadable(_ file: ByteReader) -> ImageFormat? {
    if file.has("GIF87a") || file.has("GIF89a") { return .gif }
    if file.has("ftyp", at: 4) { return mediaFormat(file) }
    if file.starts(with: [0xFF, 0x0A]) || file.starts(with: [0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20, 13, 10, 0x87, 10]) {
      return .jpegxl
    }
    if file.has("8BPS"), let version = file.be16(4), version == 1 || version == 2 { return .psd }
    if file.starts(with: [0x76, 0x2F, 0x31, 0x01]) { return .exr }
    if file.has("#?RADIANCE") || file.has("#?RGBE") { return .hdr }
    if file.starts(with: [0, 0, 1, 0]), let count = file.le16(4), (1...256).contains(count), file.u8(9) == 0,
      let offset = file.le32(18), offset >= 6 + 16 * count
    {
      return .ico
    }
    if file.has("%PDF-") { return .pdf }
    return isSVG(file) ? .svg : nil
  }

  /// ISO media: the major brand, then the compatible ones.
  private static func mediaFormat(_ file: ByteReader) -> ImageFormat? {
    let end = min(file.be32(0) ?? 0, file.count, 256)
    var heic = false
    for at in [8] + Array(stride(from: 16, to: end - 3, by: 4)) {
      if file.has("avif", at: at) || file.has("avis", at: at) { return .avif }
      for brand: StaticString in ["heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"] {
        heic = heic || file.has(brand, at: at)
      }
    }
    return heic ? .heic : nil
  }

  private static func isSVG(_ file: ByteReader) -> Bool {
    var at = file.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    while let byte = file.u8(at), byte == 32 || (9...13).contains(byte), at < 1024 { at += 1 }
    if file.has("<svg", at: at) { return true }
    guard file.has("<?xml", at: at) || file.has("<!--", at: at) || file.has("<!DOCTYPE svg", at: at) else {
      return false
    }
    return (at..<at + 1024).contains { file.has("<svg", at: $0) }
  }
}
