/// The first bytes of videos, which are recognised only to be named in an error.
public enum VideoSignature {
  /// Bytes that are looked at.
  private static let length = 12

  /// ISO media (MP4, QuickTime), Matroska, AVI, Flash, MPEG program streams and, by two packets, MPEG transport streams.
  public static func matches(_ file: UnsafeRawBufferPointer) -> Bool {
    let head = Array(file.prefix(length))
    guard head.count == length else { return false }
    let (kind, form) = (Array(head[4..<8]), Array(head[8...]))
    return kind == Array("ftyp".utf8) || kind == Array("moov".utf8)
      || head.starts(with: "RIFF".utf8) && form == Array("AVI ".utf8)
      || [[0x1A, 0x45, 0xDF, 0xA3], [0x46, 0x4C, 0x56, 1], [0, 0, 1, 0xBA]].contains { head.starts(with: $0) }
      || head[0] == 0x47 && file.count > 376 && file[188] == 0x47 && file[376] == 0x47
  }
}
