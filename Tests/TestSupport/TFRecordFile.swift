/// TFRecord files as bytes, with a CRC-32C of its own.
public enum TFRecordFile {
  public enum Value {
    case bytes([[UInt8]])
    case numbers([Int])

    public static func text(_ text: String) -> Value { .bytes([Array(text.utf8)]) }
  }

  public static func bytes(_ records: [[UInt8]]) -> [UInt8] { records.flatMap(record) }

  public static func record(_ data: [UInt8]) -> [UInt8] {
    let length = little(UInt64(data.count), 8)
    return length + little(UInt64(masked(length)), 4) + data + little(UInt64(masked(data)), 4)
  }

  /// An Example with an image, as most writers make it.
  public static func example(_ image: [UInt8], name: String) -> [UInt8] {
    example([("image/encoded", .bytes([image])), ("image/filename", .text(name)), ("image/class/label", .numbers([7]))])
  }

  public static func example(_ features: [(String, Value)]) -> [UInt8] {
    field(1, features.flatMap { field(1, field(1, Array($0.0.utf8)) + field(2, feature($0.1))) })
  }

  /// A SequenceExample with one list of features.
  public static func sequence(_ name: String, _ values: [[UInt8]]) -> [UInt8] {
    let list = values.flatMap { field(1, feature(.bytes([$0]))) }
    return field(1, []) + field(2, field(1, field(1, Array(name.utf8)) + field(2, list)))
  }

  private static func feature(_ value: Value) -> [UInt8] {
    switch value {
    case .bytes(let values): field(1, values.flatMap { field(1, $0) })
    case .numbers(let numbers): field(3, field(1, numbers.flatMap { varint(UInt64(bitPattern: Int64($0))) }))
    }
  }

  private static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
    varint(UInt64(number << 3 | 2)) + varint(UInt64(bytes.count)) + bytes
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f) | 0x80] + varint(value >> 7)
  }

  private static func little(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(value >> (8 * UInt64($0)) & 0xff) }
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0x82f6_3b78 : 0) }
  }

  private static func masked(_ bytes: [UInt8]) -> UInt32 {
    let crc = ~bytes.reduce(~UInt32(0)) { $0 >> 8 ^ table[Int(UInt8($0 & 0xff) ^ $1)] }
    return (crc >> 15 | crc << 17) &+ 0xa282_ead8
  }
}
