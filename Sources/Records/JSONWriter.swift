/// Writes JSON token by token, in the order of the calls; the caller keeps the brackets paired.
public struct JSONWriter: Sendable {
  public private(set) var out = ByteWriter()
  /// Whether a value precedes on this level.
  private var needsComma = false

  public init() {}

  /// Starts the next document and keeps the capacity.
  public mutating func removeAll() {
    out.removeAll()
    needsComma = false
  }

  public mutating func beginObject() { open(UInt8(ascii: "{")) }
  public mutating func endObject() { close(UInt8(ascii: "}")) }
  public mutating func beginArray() { open(UInt8(ascii: "[")) }
  public mutating func endArray() { close(UInt8(ascii: "]")) }

  public mutating func key(_ name: String) {
    string(name)
    out.append(UInt8(ascii: ":"))
    needsComma = false
  }

  public mutating func string(_ text: String) {
    separate()
    out.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { escape($0) }
    out.append(UInt8(ascii: "\""))
  }

  /// Writes text of unknown encoding; bytes that are not UTF-8 become U+FFFD.
  public mutating func string(repairing bytes: [UInt8]) { string(String(decoding: bytes, as: UTF8.self)) }

  public mutating func number(_ value: Int) {
    separate()
    out.append(value)
  }

  public mutating func number(_ value: Double, decimals: Int) {
    separate()
    out.append(value, decimals: decimals)
  }

  public mutating func bool(_ value: Bool) {
    separate()
    out.append(value ? "true" : "false")
  }

  /// Writes an ASCII string that needs no escaping, appended by `body`.
  public mutating func raw(_ body: (inout ByteWriter) -> Void) {
    separate()
    out.append(UInt8(ascii: "\""))
    body(&out)
    out.append(UInt8(ascii: "\""))
  }

  /// Writes a value that is JSON already.
  public mutating func verbatim(_ json: [UInt8]) {
    separate()
    out.append(json)
  }

  private mutating func separate() {
    if needsComma { out.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    out.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    out.append(bracket)
    needsComma = true
  }

  /// Besides what JSON requires, escapes DEL and the C1 controls, which some terminals obey, and U+2028 and U+2029,
  /// which some readers take for line ends. `text` is valid UTF-8.
  private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
    var start = 0
    var index = 0
    while index < text.count {
      let byte = text[index]
      var length = 1
      var scalar: UInt32? = nil
      switch byte {
      case 0..<0x20, 0x22, 0x5c, 0x7f: scalar = UInt32(byte)
      case 0xc2 where text[index + 1] < 0xa0:
        length = 2
        scalar = UInt32(text[index + 1])
      case 0xe2 where text[index + 1] == 0x80 && text[index + 2] & 0xfe == 0xa8:
        length = 3
        scalar = 0x2000 | UInt32(text[index + 2] & 0x3f)
      default: break
      }
      if let scalar {
        out.append(text[start..<index])
        escape(scalar)
        start = index + length
      }
      index += length
    }
    out.append(text[start..<text.count])
  }

  private mutating func escape(_ scalar: UInt32) {
    out.append(UInt8(ascii: "\\"))
    switch scalar {
    case 0x22, 0x5c: out.append(UInt8(scalar))
    case 0x08: out.append(UInt8(ascii: "b"))
    case 0x09: out.append(UInt8(ascii: "t"))
    case 0x0a: out.append(UInt8(ascii: "n"))
    case 0x0c: out.append(UInt8(ascii: "f"))
    case 0x0d: out.append(UInt8(ascii: "r"))
    default:
      out.append(UInt8(ascii: "u"))
      out.append(hex: [UInt8(scalar >> 8), UInt8(scalar & 0xff)])
    }
  }
}
