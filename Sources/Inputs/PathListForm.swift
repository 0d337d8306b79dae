extension PathList {
  /// Encoding and separator of a list.
  struct Form: Equatable {
    enum Encoding { case bytes, utf16LittleEndian, utf16BigEndian }

    var encoding: Encoding
    /// Bytes of the byte order mark.
    var mark: Int
    var separator: Separator
  }
}

extension PathList.Form {
  /// Recognises the form by the first bytes, whatever separator was asked for; nil if this is no list.
  init?(_ head: [UInt8], separator: PathList.Separator) {
    self.init(encoding: .bytes, mark: 0, separator: separator)
    if head.starts(with: [0xef, 0xbb, 0xbf]) { mark = 3 }
    if head.starts(with: [0xff, 0xfe]) { (encoding, mark) = (.utf16LittleEndian, 2) }
    if head.starts(with: [0xfe, 0xff]) { (encoding, mark) = (.utf16BigEndian, 2) }
    guard encoding == .bytes, separator == .newline, let nul = head.firstIndex(of: 0) else { return }
    if let unmarked = Self.unmarkedUTF16(head) {
      encoding = unmarked
    } else if nul == 0 || head.contains(where: { $0 < 0x20 && $0 != 0 && $0 != 0x09 && $0 != 0x0a && $0 != 0x0d }) {
      // Names with control characters are rare; beside NULs they are bytes of something else.
      return nil
    } else if !head.contains(UInt8(ascii: "\n")) {
      // No path holds a NUL, so that these are names as `find -print0` writes them.
      self.separator = .nul
    }
  }

  /// UTF-16 without a mark: the characters of the first line are ASCII, and every second byte is 0.
  private static func unmarkedUTF16(_ head: [UInt8]) -> Encoding? {
    let length = min(head.count & ~1, 64)
    let units = stride(from: 0, to: length, by: 2)
    // Without a line end these may be NUL-terminated names of one letter.
    let isLittle = units.allSatisfy { head[$0] != 0 && head[$0 + 1] == 0 }
    let isBig = units.allSatisfy { head[$0] == 0 && head[$0 + 1] != 0 }
    guard length > 0, isLittle || isBig, head.contains(UInt8(ascii: "\n")) else { return nil }
    return isLittle ? .utf16LittleEndian : .utf16BigEndian
  }
}

/// Decodes UTF-16 to UTF-8, block by block.
struct UTF16Decoder {
  let isBigEndian: Bool
  /// Bytes of a character that the last block cut.
  private var rest: [UInt8] = []

  init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

  /// Returns the characters that are complete. A surrogate without its other half, and a byte left at the end, become
  /// U+FFFD.
  mutating func decode(_ bytes: ArraySlice<UInt8>, isLast: Bool) -> [UInt8] {
    let bytes = rest + bytes
    var units: [UInt16] = []
    units.reserveCapacity(bytes.count / 2)
    for index in stride(from: 0, to: bytes.count - 1, by: 2) {
      let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
      units.append(isBigEndian ? first << 8 | second : second << 8 | first)
    }
    var used = units.count * 2
    if !isLast, let last = units.last, UTF16.isLeadSurrogate(last) {
      units.removeLast()
      used -= 2
    }
    rest = Array(bytes[used...])
    var text = Array(String(decoding: units, as: UTF16.self).utf8)
    if isLast, !rest.isEmpty {
      text += "\u{fffd}".utf8
      rest = []
    }
    return text
  }
}
