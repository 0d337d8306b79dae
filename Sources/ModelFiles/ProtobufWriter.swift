/// Writes the fields of a protocol buffer message.
public struct ProtobufWriter {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  /// Appends a string, bytes or message field.
  public mutating func append(_ number: UInt64, bytes value: some Collection<UInt8>) {
    appendHead(number, count: value.count)
    bytes.append(contentsOf: value)
  }

  /// Appends the tag and the length of a string, bytes or message field, whose `count` bytes follow.
  mutating func appendHead(_ number: UInt64, count: Int) {
    varint(number << 3 | 2)
    varint(UInt64(count))
  }

  /// Appends a varint field.
  public mutating func append(_ number: UInt64, value: UInt64) {
    varint(number << 3)
    varint(value)
  }

  /// Appends a field, tag included, as it is in another message.
  public mutating func append(whole field: UnsafeRawBufferPointer) { bytes.append(contentsOf: field) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
