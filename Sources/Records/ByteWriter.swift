/// Builds text in a byte array whose capacity is reused from one record to the next.
public struct ByteWriter: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() { bytes.reserveCapacity(4096) }

  public var isEmpty: Bool { bytes.isEmpty }

  /// The written text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Removes the text and keeps the capacity.
  public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  public mutating func append(_ byte: UInt8) { bytes.append(byte) }

  public mutating func append(_ sequence: some Sequence<UInt8>) { bytes.append(contentsOf: sequence) }

  public mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  public mutating func append(_ value: Int) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    append(digits: UInt64(value.magnitude))
  }

  /// Appends `value` rounded to at most `decimals` (0 to 9) decimals, without trailing zeros, never with an exponent.
  /// Values that are not finite, which no record should hold, become 0.
  public mutating func append(_ value: Double, decimals: Int) {
    guard value.isFinite else { return bytes.append(UInt8(ascii: "0")) }
    let scale = Self.powers[decimals]
    let scaled = UInt64(min((value.magnitude * Double(scale)).rounded(), 9e18))
    if value < 0, scaled > 0 { bytes.append(UInt8(ascii: "-")) }
    append(digits: scaled / scale)
    var fraction = scaled % scale
    guard fraction > 0 else { return }
    bytes.append(UInt8(ascii: "."))
    var divisor = scale / 10
    while fraction > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(fraction / divisor))
      fraction %= divisor
      divisor = max(1, divisor / 10)
    }
  }

  /// Appends two lower-case hex digits per byte.
  public mutating func append(hex data: [UInt8]) {
    // All at once: a record's digest has 64 of them.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * data.count) { digits in
      for (n, byte) in data.enumerated() {
        digits[2 * n] = Self.hexDigit(byte >> 4)
        digits[2 * n + 1] = Self.hexDigit(byte & 15)
      }
      bytes.append(contentsOf: UnsafeBufferPointer(digits))
    }
  }

  /// Appends base64 (RFC 4648) with padding.
  public mutating func append(base64 data: [UInt8]) { Base64.encode(data, to: &bytes) }

  private mutating func append(digits value: UInt64) {
    let start = bytes.count
    var value = value
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(value % 10))
      value /= 10
    } while value > 0
    bytes[start...].reverse()
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
  private static let powers: [UInt64] = [
    1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
  ]
}
