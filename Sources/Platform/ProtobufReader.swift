/// Iterates over the fields of a protocol buffer message, without copying them.
public struct ProtobufReader: IteratorProtocol, Sequence {
  /// One field. Its bytes are valid as long as the message's.
  public struct Field {
    public var number: UInt64
    /// Value of a varint; 0 for other types.
    public var value: UInt64 = 0
    /// Value of a string, bytes, message or fixed-size number (4 or 8 bytes); empty for a varint.
    public var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Tag and value, as in the message.
    public var whole: UnsafeRawBufferPointer

    public var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  private let message: UnsafeRawBufferPointer
  private var offset = 0
  /// Whether reading stopped at bytes that are not a complete field.
  public private(set) var isBroken = false

  public init(_ message: UnsafeRawBufferPointer) { self.message = message }

  public mutating func next() -> Field? {
    guard offset < message.count, !isBroken else { return nil }
    let start = offset
    guard let tag = number(), tag >> 3 != 0 else { return broken() }
    var field = Field(number: tag >> 3, whole: UnsafeRawBufferPointer(start: nil, count: 0))
    var length = 0
    switch tag & 7 {
    case 0:
      guard let value = number() else { return broken() }
      field.value = value
    case 1: length = 8
    case 2:
      guard let count = number(), count <= UInt64(message.count - offset) else { return broken() }
      length = Int(count)
    case 5: length = 4
    default: return broken()
    }
    guard length <= message.count - offset else { return broken() }
    field.bytes = UnsafeRawBufferPointer(rebasing: message[offset..<offset + length])
    offset += length
    field.whole = UnsafeRawBufferPointer(rebasing: message[start..<offset])
    return field
  }

  /// Reads a varint: seven bits per byte, the low ones first. nil if it is cut off.
  private mutating func number() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard offset < message.count else { return nil }
      let byte = message[offset]
      offset += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }

  /// The first `limit` varints of a packed field.
  public static func varints(_ packed: UnsafeRawBufferPointer, atMost limit: Int) -> [UInt64] {
    var reader = ProtobufReader(packed)
    var values: [UInt64] = []
    while values.count < limit, let value = reader.number() { values.append(value) }
    return values
  }

  private mutating func broken() -> Field? {
    isBroken = true
    return nil
  }
}
