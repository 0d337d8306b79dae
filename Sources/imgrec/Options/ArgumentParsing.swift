import ArgumentParser
import Recognition

/// Turns what a person types after a flag into a checked value; the error says what would have been right.
enum ArgumentParsing {
  /// A whole number in `range`.
  static func int(_ range: ClosedRange<Int>) -> @Sendable (String) throws -> Int {
    { text in
      guard let value = Int(text), range.contains(value) else {
        let bound =
          range.upperBound == Int.max
          ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
        throw ValidationError("'\(text)' is not a whole number \(bound).")
      }
      return value
    }
  }

  static let count = int(1...Int.max)

  /// A number in `range`.
  static func number(_ range: ClosedRange<Double>) -> @Sendable (String) throws -> Double {
    { text in
      guard let value = Double(text), range.contains(value) else {
        let bound =
          range.upperBound == .greatestFiniteMagnitude
          ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
        throw ValidationError("'\(text)' is not a number \(bound).")
      }
      return value
    }
  }

  static let fraction: @Sendable (String) throws -> Double = number(0...1)
  static let seconds: @Sendable (String) throws -> Double = number(0.001...1_000_000)

  /// Bytes: 512, 64K, 256M, 1.5G, 1GiB; K, M, G and T are powers of 1024.
  static let bytes: @Sendable (String) throws -> Int = { text in
    try scaled(
      text, base: 1024, example: "a size such as 512M or 1G", units: ["", "K", "M", "G", "T"], tail: ["B", "IB"])
  }

  /// Pixels: 50M; K, M and G are powers of 1000.
  static let pixels: @Sendable (String) throws -> Int = { text in
    try scaled(
      text, base: 1000, example: "a number of pixels such as 24M", units: ["", "K", "M", "G"], tail: ["P", "PX"])
  }

  /// One side, or width and height: 640, 640x480.
  static let sides: @Sendable (String) throws -> PixelSize = { text in
    let sides = text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard sides.count == 1 || sides.count == 2, sides.allSatisfy({ (1...16384).contains($0) }) else {
      throw ValidationError("'\(text)' is not a size such as 640 or 640x480.")
    }
    return PixelSize(width: sides[0], height: sides[sides.count - 1])
  }

  private static func scaled(_ text: String, base: Double, example: String, units: [String], tail: [String]) throws
    -> Int
  {
    var body = text.uppercased()
    for ending in tail.sorted(by: { $0.count > $1.count }) where body.hasSuffix(ending) {
      body.removeLast(ending.count)
      break
    }
    var factor = 1.0
    for (power, unit) in units.enumerated() where power > 0 && body.hasSuffix(unit) {
      body.removeLast()
      for _ in 0..<power { factor *= base }
      break
    }
    guard let value = Double(body), value.isFinite, value * factor >= 1, value * factor < 1e15 else {
      throw ValidationError("'\(text)' is not \(example).")
    }
    return Int(value * factor)
  }
}
