import CChecksum

/// CRC-32C (Castagnoli, as in iSCSI), by the processor's instruction where it has one.
public struct CRC32C: Sendable {
  /// The checksum of the bytes so far.
  public private(set) var value: UInt32 = 0

  public init() {}

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    value = cchecksum_crc32c(value, bytes.baseAddress, bytes.count)
  }

  /// The form that TFRecord stores, for data that contain checksums themselves: rotated right by 15 bits, and a constant
  /// added.
  public var masked: UInt32 { ((value >> 15) | (value << 17)) &+ 0xa282_ead8 }

  /// Returns the checksum of `bytes`.
  public static func of(_ bytes: UnsafeRawBufferPointer) -> CRC32C {
    var crc = CRC32C()
    crc.update(bytes)
    return crc
  }

  /// Returns the checksum of `bytes` as computed without the instruction; for the test of both.
  static func byTables(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    cchecksum_crc32c_by_tables(0, bytes.baseAddress, bytes.count)
  }
}
