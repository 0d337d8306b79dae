/// Base64 (RFC 4648) with padding, in which records and galleries hold exact paths and vectors.
public enum Base64 {
  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let padding = UInt8(ascii: "=")

  /// Appends the text of `data` to `bytes`.
  static func encode(_ data: [UInt8], to bytes: inout [UInt8]) {
    var index = 0
    while index < data.count {
      let left = data.count - index
      let b = left > 1 ? data[index + 1] : 0
      let c = left > 2 ? data[index + 2] : 0
      let group = UInt32(data[index]) << 16 | UInt32(b) << 8 | UInt32(c)
      bytes.append(digits[Int(group >> 18 & 63)])
      bytes.append(digits[Int(group >> 12 & 63)])
      bytes.append(left > 1 ? digits[Int(group >> 6 & 63)] : padding)
      bytes.append(left > 2 ? digits[Int(group & 63)] : padding)
      index += 3
    }
  }

  /// Returns the bytes of `text`; nil if it is not base64 with its padding.
  public static func decode(_ text: String) -> [UInt8]? {
    var digits = Array(text.utf8)
    guard digits.count % 4 == 0 else { return nil }
    for _ in 0..<2 where digits.last == padding { digits.removeLast() }
    guard digits.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count * 3 / 4)
    var (group, bits) = (UInt32(0), 0)
    for digit in digits {
      guard let value = value(of: digit) else { return nil }
      group = group << 6 | UInt32(value)
      bits += 6
      guard bits >= 8 else { continue }
      bits -= 8
      bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
    }
    return bytes
  }

  /// Writes the bytes of `text` to the beginning of `bytes`; returns their number. nil for what is not base64, and for
  /// more than there is room for.
  static func decode(_ text: UnsafeBufferPointer<UInt8>, to bytes: UnsafeMutableRawBufferPointer) -> Int? {
    var digits = text
    guard digits.count % 4 == 0 else { return nil }
    for _ in 0..<2 where digits.last == padding { digits = UnsafeBufferPointer(rebasing: digits.dropLast()) }
    let count = digits.count / 4 * 3 + max(0, digits.count % 4 - 1)
    guard digits.count % 4 != 1, count <= bytes.count else { return nil }
    return values.withUnsafeBufferPointer { values in
      var (group, bits, done, unknown) = (UInt32(0), 0, 0, UInt8(0))
      for digit in digits {
        let value = values[Int(digit)]
        unknown |= value
        group = group << 6 | UInt32(value & 63)
        bits += 6
        guard bits >= 8 else { continue }
        bits -= 8
        bytes[done] = UInt8(truncatingIfNeeded: group >> UInt32(bits))
        done += 1
      }
      return unknown < 64 ? done : nil
    }
  }

  /// The value of each byte as a digit; 255 for those that are none.
  private static let values: [UInt8] = (0...255).map { value(of: UInt8($0)) ?? 255 }

  private static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}

extension [Float] {
  /// Little-endian bytes, for NumPy's `frombuffer(..., "<f4")`.
  public var littleEndianBytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 * count)
    for value in self {
      let bits = value.bitPattern
      for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
    }
    return bytes
  }

  /// The numbers of little-endian bytes; nil if their count is not a multiple of 4.
  public init?(littleEndianBytes bytes: [UInt8]) {
    guard bytes.count % 4 == 0 else { return nil }
    self = stride(from: 0, to: bytes.count, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) })
    }
  }
}
