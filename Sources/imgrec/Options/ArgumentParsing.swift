import ArgumentParser
import Inputs
import Recognition

/// Parses option values; each error names the accepted form.
enum ArgumentParsing {
  /// Parses a whole number in `range`.
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

  /// Parses a whole number of at least 1.
  static let count = int(1...Int.max)

  /// Parses a number in `range`.
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

  /// Parses a number from 0 to 1.
  static let fraction: @Sendable (String) throws -> Double = number(0...1)
  /// Parses a positive number of seconds.
  static let seconds: @Sendable (String) throws -> Double = number(0.001...1_000_000)

  /// Parses bytes: 512, 64K, 256M, 1.5G, 1GiB; K, M, G and T are powers of 1024.
  static let bytes: @Sendable (String) throws -> Int = { text in
    try scaled(
      text, base: 1024, example: "a size such as 512M or 1G", units: ["", "K", "M", "G", "T"], suffixes: ["B", "IB"])
  }

  /// Parses a glob; `ignoringCase` for one that takes upper and lower case as the same.
  static func glob(ignoringCase: Bool) -> @Sendable (String) throws -> Glob {
    { text in
      do throws(GlobError) { return try Glob(text, ignoringCase: ignoringCase) } catch {
        throw ValidationError("'\(text)' is not a valid pattern: \(error).")
      }
    }
  }

  /// Parses a number of pixels: 50M; K, M and G are powers of 1000.
  static let pixels: @Sendable (String) throws -> Int = { text in
    try scaled(
      text, base: 1000, example: "a number of pixels such as 24M", units: ["", "K", "M", "G"], suffixes: ["P", "PX"])
  }

  /// Parses one side, or width and height: 640, 640x480.
  static let sides: @Sendable (String) throws -> PixelSize = { text in
    let sides = text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard sides.count == 1 || sides.count == 2, sides.allSatisfy({ (1...16384).contains($0) }) else {
      throw ValidationError("'\(text)' is not a size such as 640 or 640x480.")
    }
    return PixelSize(width: sides[0], height: sides[sides.count - 1])
  }

  /// Parses a number with one of `units`, each `base` times the one before, and optionally one of `suffixes`.
  private static func scaled(
    _ text: String, base: Double, example: String, units: [String], suffixes: [String]
  ) throws -> Int {
    var body = text.uppercased()
    for suffix in suffixes.sorted(by: { $0.count > $1.count }) where body.hasSuffix(suffix) {
      body.removeLast(suffix.count)
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
