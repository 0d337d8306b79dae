/// The fields of a protocol buffer message, one after another, without a copy.
struct ProtocolFields: IteratorProtocol, Sequence {
  struct Field {
    var number: UInt64
    /// The value of a number; 0 for others.
    var value: UInt64 = 0
    /// The value of a string, bytes or message; empty for others.
    var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The tag and the value, as they are in the message.
    var whole: UnsafeRawBufferPointer

    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  private let message: UnsafeRawBufferPointer
  private var at = 0
  /// Whether the message ended where a field ends, or something else was met.
  private(set) var isBroken = false

  init(_ message: UnsafeRawBufferPointer) { self.message = message }

  mutating func next() -> Field? {
    guard at < message.count, !isBroken else { return nil }
    let start = at
    guard let tag = number(), tag >> 3 != 0 else { return broken() }
    var field = Field(number: tag >> 3, whole: UnsafeRawBufferPointer(start: nil, count: 0))
    var length = 0
    switch tag & 7 {
    case 0:
      guard let value = number() else { return broken() }
      field.value = value
    case 1: length = 8
    case 2:
      guard let given = number(), given <= UInt64(message.count - at) else { return broken() }
      length = Int(given)
    case 5: length = 4
    default: return broken()
    }
    guard length <= message.count - at else { return broken() }
    field.bytes = UnsafeRawBufferPointer(rebasing: message[at..<at + length])
    at += length
    field.whole = UnsafeRawBufferPointer(rebasing: message[start..<at])
    return field
  }

  /// Seven bits a byte, the low ones first.
  private mutating func number() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard at < message.count else { return nil }
      let byte = message[at]
      at += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }

  private mutating func broken() -> Field? {
    isBroken = true
    return nil
  }
}

/// Fields of a protocol buffer message that is being written.
struct ProtocolMessage {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ number: Int, bytes value: some Collection<UInt8>) {
    varint(UInt64(number << 3 | 2))
    varint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  mutating func append(_ number: Int, value: UInt64) {
    varint(UInt64(number << 3))
    varint(value)
  }

  /// A field as another message has it.
  mutating func append(whole field: UnsafeRawBufferPointer) { bytes.append(contentsOf: field) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
