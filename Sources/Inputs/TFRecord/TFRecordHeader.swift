import Platform

/// What precedes a record of a TFRecord file: the length of its data (64 bits) and the masked CRC-32C of the length, both
/// with the low byte first.
struct TFRecordHeader {
  static let byteCount = 12

  let length: UInt64

  /// nil if the checksum is not that of the length, or bytes are missing.
  init?(_ bytes: some Sequence<UInt8>) {
    let header = Array(bytes.prefix(Self.byteCount))
    guard header.count == Self.byteCount else { return nil }
    let masked = header[8...].withUnsafeBytes { Self.checksum($0) }
    guard header[..<8].withUnsafeBytes({ CRC32C.of($0).masked }) == masked else { return nil }
    length = header[..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Returns the checksum that four bytes hold.
  static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    bytes.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}

/// How a TFRecord file is stored, by its first bytes: TensorFlow compresses with gzip or zlib if asked to.
enum TFRecordForm {
  case plain
  case compressed

  /// nil if these are not the first bytes of a TFRecord file that has a record. The checksum decides, so that no other
  /// file is taken for one.
  init?(_ head: [UInt8]) {
    if TFRecordHeader(head) != nil {
      self = .plain
    } else if Self.isCompressed(head), TFRecordHeader(Inflater.beginning(of: head, TFRecordHeader.byteCount)) != nil {
      self = .compressed
    } else {
      return nil
    }
  }

  /// Whether data begin like gzip or zlib.
  static func isCompressed(_ head: [UInt8]) -> Bool {
    if head.starts(with: [0x1f, 0x8b, 8]) { return true }
    // RFC 1950: deflate with a window of up to 32 KiB, and a header that is divisible by 31.
    guard head.count >= 2, head[0] & 0x0f == 8, head[0] >> 4 <= 7 else { return false }
    return (Int(head[0]) << 8 | Int(head[1])) % 31 == 0
  }
}
