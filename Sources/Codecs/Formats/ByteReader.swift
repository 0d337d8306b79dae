import Platform

/// Reads numbers from the bytes of a file within bounds: nil for what is outside.
struct ByteReader {
  let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var count: Int { bytes.count }

  /// The part at `range`, clamped to the file.
  subscript(range: Range<Int>) -> ByteReader {
    let low = min(max(0, range.lowerBound), count)
    let high = min(max(low, range.upperBound), count)
    return ByteReader(UnsafeRawBufferPointer(rebasing: bytes[low..<high]))
  }

  subscript(from start: Int) -> ByteReader { self[min(start, count)..<count] }

  func u8(_ at: Int) -> Int? { at >= 0 && at < count ? Int(bytes[at]) : nil }

  /// An unsigned number of `size` (at most 8) bytes; nil also if it exceeds `Int`.
  func number(_ at: Int, size: Int, bigEndian: Bool) -> Int? {
    guard at >= 0, at <= count - size else { return nil }
    var value: UInt64 = 0
    for i in 0..<size {
      value = value << 8 | UInt64(bytes[at + (bigEndian ? i : size - 1 - i)])
    }
    return Int(exactly: value)
  }

  /// The offset of the next `byte` from `start` on.
  func next(_ byte: UInt8, from start: Int) -> Int? {
    guard start >= 0, start < count, let base = bytes.baseAddress,
      let found = memchr(base + start, Int32(byte), count - start)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }

  /// The offset of this part in the file that it was cut from.
  func offset(in file: ByteReader) -> Int {
    guard let own = bytes.baseAddress, let base = file.bytes.baseAddress else { return 0 }
    return own - base
  }

  func be16(_ at: Int) -> Int? { number(at, size: 2, bigEndian: true) }
  func be32(_ at: Int) -> Int? { number(at, size: 4, bigEndian: true) }
  func le16(_ at: Int) -> Int? { number(at, size: 2, bigEndian: false) }
  func le24(_ at: Int) -> Int? { number(at, size: 3, bigEndian: false) }
  func le32(_ at: Int) -> Int? { number(at, size: 4, bigEndian: false) }

  /// Whether the ASCII `text` is at offset `at`.
  func has(_ text: StaticString, at: Int = 0) -> Bool {
    let size = text.utf8CodeUnitCount
    guard at >= 0, at <= count - size else { return false }
    for i in 0..<size where bytes[at + i] != text.utf8Start[i] { return false }
    return true
  }

  /// Whether the file starts with these bytes.
  func starts(with prefix: [UInt8]) -> Bool {
    count >= prefix.count && bytes.prefix(prefix.count).elementsEqual(prefix)
  }
}
