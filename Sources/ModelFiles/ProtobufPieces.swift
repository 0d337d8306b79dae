import Platform

/// A protocol buffer message in pieces, most of which are in other memory: large messages are written without a copy.
struct ProtobufPieces {
  private enum Piece {
    case written([UInt8])
    /// Memory that is valid as long as the message.
    case elsewhere(UnsafeRawBufferPointer)
  }

  private var pieces: [Piece] = []
  /// Bytes of the message.
  private(set) var count = 0

  /// Appends bytes that stay where they are.
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    count += bytes.count
    if case .elsewhere(let last) = pieces.last, let start = last.baseAddress,
      start + last.count == bytes.baseAddress
    {
      pieces[pieces.count - 1] = .elsewhere(UnsafeRawBufferPointer(start: start, count: last.count + bytes.count))
    } else {
      pieces.append(.elsewhere(bytes))
    }
  }

  /// Appends a message field.
  mutating func append(_ number: UInt64, message: ProtobufPieces) {
    appendHead(number, count: message.count)
    pieces += message.pieces
    count += message.count
  }

  /// Appends a field of bytes that stay where they are.
  mutating func append(_ number: UInt64, bytes: UnsafeRawBufferPointer) {
    appendHead(number, count: bytes.count)
    append(bytes)
  }

  private mutating func appendHead(_ number: UInt64, count length: Int) {
    var head = ProtobufWriter()
    head.appendHead(number, count: length)
    pieces.append(.written(head.bytes))
    count += head.bytes.count
  }

  /// Writes the message. Returns 0 or the error number.
  func write(to descriptor: Int32) -> Int32 {
    for piece in pieces {
      let code =
        switch piece {
        case .written(let bytes): bytes.withUnsafeBytes { writeAll(descriptor, $0) }
        case .elsewhere(let bytes): writeAll(descriptor, bytes)
        }
      guard code == 0 else { return code }
    }
    return 0
  }
}
