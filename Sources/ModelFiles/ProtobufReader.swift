/// The fields of a protocol buffer message, one after another, without a copy.
public struct ProtobufReader: IteratorProtocol, Sequence {
  public struct Field {
    public var number: UInt64
    /// The value of a number; 0 for others.
    public var value: UInt64 = 0
    /// The value of a string, bytes or message; empty for others.
    public var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The tag and the value, as they are in the message.
    public var whole: UnsafeRawBufferPointer

    public var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  private let message: UnsafeRawBufferPointer
  private var at = 0
  /// Whether reading stopped at bytes that are not a whole field.
  public private(set) var isBroken = false

  public init(_ message: UnsafeRawBufferPointer) { self.message = message }

  public mutating func next() -> Field? {
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
