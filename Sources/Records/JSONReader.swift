/// Reads compact JSON (RFC 8259) token by token, and checks it: numbers, escapes and UTF-8 as well. It accepts what
/// imgrec writes: no white space, and nesting of at most 16.
///
/// Each call returns nil or false if its token is not next; the reader is then at the old position or after what was
/// read, and the caller must stop.
public struct JSONReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  public private(set) var position = 0

  public init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  public var isAtEnd: Bool { position == bytes.count }

  /// The next byte.
  public var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  /// Takes exactly these bytes.
  public mutating func take(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard position + count <= bytes.count else { return false }
    let start = text.utf8Start
    for index in 0..<count where bytes[position + index] != start[index] { return false }
    position += count
    return true
  }

  /// The next `count` bytes.
  public mutating func take(_ count: Int) -> Slice<UnsafeBufferPointer<UInt8>>? {
    guard position + count <= bytes.count else { return nil }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// A whole number of at most 18 digits.
  public mutating func int() -> Int? {
    let negative = take("-")
    let start = position
    guard skipWhole(), position - start <= 18 else { return nil }
    let value = bytes[start..<position].reduce(0) { $0 * 10 + Int($1 - 0x30) }
    return negative ? -value : value
  }

  /// Any finite number.
  public mutating func number() -> Double? {
    let start = position
    guard skipNumber() else { return nil }
    // The grammar holds numbers that a double does not, as 1e999.
    return Double(String(decoding: bytes[start..<position], as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
  }

  /// A string, unescaped.
  public mutating func string() -> String? {
    let start = position
    guard skipString() else { return nil }
    let inner = bytes[(start + 1)..<(position - 1)]
    guard inner.contains(UInt8(ascii: "\\")) else { return String(decoding: inner, as: UTF8.self) }
    return Self.unescaped(inner)
  }

  /// The bytes of any value, checked.
  public mutating func value() -> ArraySlice<UInt8>? {
    let start = position
    guard skipValue(depth: 0) else { return nil }
    return Array(bytes[start..<position])[...]
  }

  /// Skips any value, checking it.
  public mutating func skip() -> Bool { skipValue(depth: 0) }

  private mutating func skipValue(depth: Int) -> Bool {
    guard let first = peek, depth < 16 else { return false }
    switch first {
    case UInt8(ascii: "{"):
      position += 1
      if take("}") { return true }
      repeat {
        guard skipString(), take(":"), skipValue(depth: depth + 1) else { return false }
      } while take(",")
      return take("}")
    case UInt8(ascii: "["):
      position += 1
      if take("]") { return true }
      repeat {
        guard skipValue(depth: depth + 1) else { return false }
      } while take(",")
      return take("]")
    case UInt8(ascii: "\""): return skipString()
    case UInt8(ascii: "t"): return take("true")
    case UInt8(ascii: "f"): return take("false")
    case UInt8(ascii: "n"): return take("null")
    default: return skipNumber()
    }
  }

  private mutating func skipString() -> Bool {
    guard take("\"") else { return false }
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") { return true }
      if byte < 0x20 { return false }
      if byte >= 0x80 {
        guard skipContinuation(of: byte) else { return false }
      } else if byte == UInt8(ascii: "\\") {
        guard skipEscape() else { return false }
      }
    }
    return false
  }

  /// Skips what follows the first byte of a character of more than one (RFC 3629): no overlong form, no surrogate, none
  /// beyond U+10FFFF.
  private mutating func skipContinuation(of first: UInt8) -> Bool {
    let (count, second): (Int, ClosedRange<UInt8>)
    switch first {
    case 0xc2...0xdf: (count, second) = (1, 0x80...0xbf)
    case 0xe0: (count, second) = (2, 0xa0...0xbf)
    case 0xed: (count, second) = (2, 0x80...0x9f)
    case 0xe1...0xef: (count, second) = (2, 0x80...0xbf)
    case 0xf0: (count, second) = (3, 0x90...0xbf)
    case 0xf1...0xf3: (count, second) = (3, 0x80...0xbf)
    case 0xf4: (count, second) = (3, 0x80...0x8f)
    default: return false
    }
    guard position + count <= bytes.count, second.contains(bytes[position]) else { return false }
    for index in position + 1..<position + count where bytes[index] & 0xc0 != 0x80 { return false }
    position += count
    return true
  }

  /// Skips an escape after its backslash. Surrogates must come in pairs.
  private mutating func skipEscape() -> Bool {
    guard let escaped = peek else { return false }
    position += 1
    switch escaped {
    case UInt8(ascii: "u"):
      guard let unit = takeUnit() else { return false }
      switch unit {
      case 0xd800..<0xdc00:
        guard take("\\u"), let low = takeUnit() else { return false }
        return (0xdc00..<0xe000).contains(low)
      case 0xdc00..<0xe000: return false
      default: return true
      }
    case 0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74: return true
    default: return false
    }
  }

  /// Four hexadecimal digits.
  private mutating func takeUnit() -> UInt32? {
    guard position + 4 <= bytes.count else { return nil }
    var unit: UInt32 = 0
    for index in position..<position + 4 {
      guard let digit = Self.hex(bytes[index]) else { return nil }
      unit = unit << 4 | digit
    }
    position += 4
    return unit
  }

  private mutating func skipNumber() -> Bool {
    _ = take("-")
    guard skipWhole() else { return false }
    if take("."), !skipDigits() { return false }
    if take("e") || take("E") {
      if !take("-") { _ = take("+") }
      return skipDigits()
    }
    return true
  }

  /// Digits without a leading zero.
  private mutating func skipWhole() -> Bool {
    take("0") ? !(peek.map { (0x30...0x39).contains($0) } ?? false) : skipDigits()
  }

  private mutating func skipDigits() -> Bool {
    let start = position
    while let digit = peek, digit >= 0x30, digit <= 0x39 { position += 1 }
    return position > start
  }

  private static func hex(_ digit: UInt8) -> UInt32? {
    switch digit {
    case 0x30...0x39: UInt32(digit - 0x30)
    case 0x61...0x66: UInt32(digit - 0x61 + 10)
    case 0x41...0x46: UInt32(digit - 0x41 + 10)
    default: nil
    }
  }

  /// Precondition: `text` was checked, every escape in it is complete.
  private static func unescaped(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> String {
    var units: [UInt16] = []
    var plain: [UInt8] = []
    var rest = text
    func flush() {
      units.append(contentsOf: String(decoding: plain, as: UTF8.self).utf16)
      plain.removeAll(keepingCapacity: true)
    }
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
        plain.append(byte)
        continue
      }
      switch escaped {
      case UInt8(ascii: "u"):
        flush()
        units.append(UInt16(truncatingIfNeeded: rest.prefix(4).reduce(0) { $0 << 4 | (hex($1) ?? 0) }))
        rest = rest.dropFirst(4)
      case UInt8(ascii: "b"): plain.append(0x08)
      case UInt8(ascii: "f"): plain.append(0x0c)
      case UInt8(ascii: "n"): plain.append(0x0a)
      case UInt8(ascii: "r"): plain.append(0x0d)
      case UInt8(ascii: "t"): plain.append(0x09)
      default: plain.append(escaped)
      }
    }
    flush()
    return String(decoding: units, as: UTF16.self)
  }
}
