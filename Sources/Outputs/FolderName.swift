import Platform

/// Names of folders made of text that may hold anything.
enum FolderName {
  /// Bytes of the longest name of most file systems.
  private static let maxBytes = 255

  /// One name: without slashes and control characters, not hidden, and not longer than a file system takes.
  static func component(_ text: String) -> RawPath {
    var bytes: [UInt8] = []
    for character in text {
      let isControl = character.unicodeScalars.contains { $0.value < 0x20 || (0x7f..<0xa0).contains($0.value) }
      let next = character == "/" || isControl ? [UInt8(ascii: "_")] : Array(String(character).utf8)
      guard bytes.count + next.count <= maxBytes else { break }
      bytes += next
    }
    while let last = bytes.last, last == UInt8(ascii: " ") { bytes.removeLast() }
    if bytes.isEmpty { return RawPath("_") }
    if bytes[0] == UInt8(ascii: ".") { bytes[0] = UInt8(ascii: "_") }
    return RawPath(bytes)
  }

  /// Several names with slashes between them.
  static func path(_ text: String) -> RawPath {
    RawPath(text.split(separator: "/").map { component(String($0)).bytes }.joined(separator: [UInt8(ascii: "/")]))
  }
}
