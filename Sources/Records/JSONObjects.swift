/// Splits a stream of JSON into its objects, each without white space: JSON Lines, objects with white space in and
/// between them (what jq prints) and one array of objects yield the same.
///
/// Only the borders are found here; `JSONReader` checks what is inside.
public struct JSONObjects {
  /// What is wrong with the stream, and the line, from 1.
  public struct Problem: Error, Equatable {
    public var line: Int
    public var text: String

    public init(line: Int, text: String) {
      self.line = line
      self.text = text
    }
  }

  /// Bytes of the longest object: more than a record of the largest picture has.
  private static let maxBytes = 256 << 20

  private var object: [UInt8] = []
  /// Number of open brackets of the object; 0 between two.
  private var depth = 0
  private var isInString = false
  private var isEscaped = false
  private var line = 1
  /// Line in which the object begins.
  private var start = 1
  private var list = List.none

  /// Position in a list around the objects.
  private enum List { case none, open, closed }

  public init() {}

  /// Takes the next bytes of the stream, and calls `body` with each object that ends in them and with its line.
  public mutating func append(
    _ bytes: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>, _ line: Int) throws -> Void
  ) throws {
    var index = 0
    while index < bytes.count {
      if isInString {
        index = appendString(bytes, from: index)
        continue
      }
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\n") { line += 1 }
      guard depth > 0 else {
        try begin(byte)
        continue
      }
      switch byte {
      case 0x20, 0x09, 0x0a, 0x0d: continue
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      object.append(byte)
      if depth == 0 {
        try object.withUnsafeBufferPointer { try body($0, start) }
        object.removeAll(keepingCapacity: true)
      } else if object.count > Self.maxBytes {
        throw Problem(line: start, text: "an object has more than \(Self.maxBytes >> 20) MiB")
      }
    }
  }

  /// Throws if the stream ends inside an object or a list.
  public func finish() throws(Problem) {
    if depth > 0 { throw Problem(line: start, text: "the record is cut off") }
    if list == .open { throw Problem(line: line, text: "the list of records is cut off") }
  }

  /// Takes a byte between two objects.
  private mutating func begin(_ byte: UInt8) throws(Problem) {
    switch byte {
    case 0x20, 0x09, 0x0a, 0x0d: return
    case UInt8(ascii: "{") where list != .closed:
      object.append(byte)
      depth = 1
      start = line
    case UInt8(ascii: "[") where list == .none: list = .open
    case UInt8(ascii: ",") where list == .open: return
    case UInt8(ascii: "]") where list == .open: list = .closed
    // Two lists one after another, as of several files.
    case UInt8(ascii: "[") where list == .closed: list = .open
    default: throw Problem(line: line, text: "it is not JSON")
    }
  }

  /// Appends the string's bytes from `index`; returns the index after them.
  private mutating func appendString(_ bytes: UnsafeBufferPointer<UInt8>, from index: Int) -> Int {
    var end = index
    while end < bytes.count {
      let byte = bytes[end]
      end += 1
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInString = false
        break
      }
    }
    object.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[index..<end]))
    return end
  }
}
