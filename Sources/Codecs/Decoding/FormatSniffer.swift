import Recognition

/// Recognises formats by the first bytes of a file, never by its name.
///
/// A signature of two letters proves little, so formats that have one must show valid fields after it.
public enum FormatSniffer {
  /// The format of a file that begins with `bytes`; nil if it is none that is known.
  public static func format(of bytes: UnsafeRawBufferPointer) -> ImageFormat? {
    let file = ByteReader(bytes)
    return ImageFormat.allCases.first { $0.reader.matches(file) }
  }

  /// The maker's kind of a camera raw file; nil if it is unknown.
  public static func rawKind(of bytes: UnsafeRawBufferPointer) -> CameraRawKind? { CameraRaw(ByteReader(bytes)).kind }

  static func isIcon(_ file: ByteReader) -> Bool {
    guard file.starts(with: [0, 0, 1, 0]), let count = file.le16(4), (1...256).contains(count), file.u8(9) == 0,
      let offset = file.le32(18)
    else { return false }
    return offset >= 6 + 16 * count
  }

  static func isSVG(_ file: ByteReader) -> Bool {
    var offset = file.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    while let byte = file.u8(offset), byte == 32 || (9...13).contains(byte), offset < 1024 { offset += 1 }
    if file.has("<svg", at: offset) { return true }
    guard file.has("<?xml", at: offset) || file.has("<!--", at: offset) || file.has("<!DOCTYPE svg", at: offset) else {
      return false
    }
    return (offset..<offset + 1024).contains { file.has("<svg", at: $0) }
  }
}
