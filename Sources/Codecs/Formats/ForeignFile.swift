import Recognition

/// Files that are no images of a known format, as far as their first bytes show what they are.
enum ForeignFile {
  /// Number of bytes that are looked at.
  private static let headLength = 512

  /// Why such a file is not decoded, and how to get at its pictures.
  static func failure(_ file: ByteReader) -> Failure {
    if VideoSignature.matches(file.bytes) {
      return Failure(.decode, .unsupported, "a video, which is not read; \(Conversion.video.text)")
    }
    let head = Array(file.bytes.prefix(headLength))
    let text = String(decoding: head, as: UTF8.self).lowercased().drop { $0.isWhitespace }
    if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") {
      return Failure(.decode, .unknownFormat, "a web page, and no image: name the address of the image itself")
    }
    if !head.isEmpty, !head.contains(where: { $0 < 0x20 && $0 != 0x09 && $0 != 0x0a && $0 != 0x0d }) {
      return Failure(
        .decode, .unknownFormat, "text, and no image; a list of paths is read by --files-from FILE")
    }
    return Failure(.decode, .unknownFormat, "the first bytes are of no known image format")
  }
}
