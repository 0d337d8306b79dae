import ArgumentParser
import Inputs
import Pipeline
import Recognition

/// Parses option values; each error names the accepted form and, where one is likely, the intended value.
enum ArgumentParsing {
  /// Parses a whole number in `range`; k, M and G are powers of 1000.
  static func int(_ range: ClosedRange<Int>) -> @Sendable (String) throws -> Int {
    { text in
      guard
        let number = try Quantity.count.value(
          text, in: Double(range.lowerBound)...Double(range.upperBound), or: wholeNumber(range)),
        number == number.rounded(.down),
        range.contains(Int(number))
      else { throw ValidationError("'\(text)' is not \(wholeNumber(range)).") }
      return Int(number)
    }
  }

  /// Parses a whole number of at least 1.
  static let count = int(1...Int.max)

  /// Parses a number in `range`.
  static func number(_ range: ClosedRange<Double>) -> @Sendable (String) throws -> Double {
    { text in
      let form = "a number from \(Quantity.decimal(range.lowerBound)) to \(Quantity.decimal(range.upperBound))"
      guard let number = try Quantity.plain.value(text, in: range, or: form), range.contains(number) else {
        throw ValidationError("'\(text)' is not \(form).")
      }
      return number
    }
  }

  /// Parses a share: 0.05, 5%.
  static let fraction: @Sendable (String) throws -> Double = { text in
    let form = "a number from 0 to 1, or a percentage"
    guard let share = try Quantity.share.value(text, in: 0...1, or: form), (0...1).contains(share) else {
      let question = Int(text).map { (2...100).contains($0) } == true ? "\nDid you mean \(text)%?" : ""
      throw ValidationError("'\(text)' is not \(form).\(question)")
    }
    return share
  }

  /// Parses a time in `range`, in seconds: 500ms, 30s, 5m, 2h, 90d. A number alone counts `unit`, "s" or "d".
  static func time(_ range: ClosedRange<Double>, unit: String = "s") -> @Sendable (String) throws -> Double {
    { text in
      let form = "a time such as \(unit == "d" ? "90d, 12h or 30m" : "30s, 500ms or 5m")"
      guard let seconds = try Quantity.time(unit).value(text, in: range, or: form) else {
        throw ValidationError("'\(text)' is not \(form).")
      }
      guard range.contains(seconds) else {
        let bounds = "from \(Quantity.time(seconds: range.lowerBound)) to \(Quantity.time(seconds: range.upperBound))"
        throw ValidationError("'\(text)' is not a time \(bounds).")
      }
      return seconds
    }
  }

  /// Parses a time that a stage may take: up to 30 days.
  static let seconds = time(0.001...2_592_000)

  /// Parses bytes: 64K, 256M, 1.5G, 1GiB; K, M, G and T are powers of 1024. A number alone is bytes, and a mistake below
  /// `least`: `--memory 512` means 512M.
  static func bytes(bareFrom least: Int = 1) -> @Sendable (String) throws -> Int {
    scaled(.bytes, form: "a size such as 512M or 1G", noun: "bytes", largest: "900T", bareFrom: least, unit: "M")
  }

  /// Parses a number of pixels: 24M, 24MP; K, M and G are powers of 1000. A number alone is a mistake below 1000.
  static let pixels = scaled(
    .pixels, form: "a number of pixels such as 24M", noun: "pixels", largest: "900000G", bareFrom: 1000, unit: "M")

  /// Parses a number of failures, or a share of the images: 10, 1k, 5%.
  static let failureBudget: @Sendable (String) throws -> FailureBudget = { text in
    let form = "neither a number of images nor a percentage such as 5%"
    if text.hasSuffix("%"), let share = Quantity.share.value(text), share <= 1 { return .percent(share * 100) }
    guard let count = Quantity.count.value(text), count == count.rounded(.down) else {
      throw ValidationError("'\(text)' is \(form).")
    }
    return .count(Int(count))
  }

  /// Parses a glob; `ignoringCase` for one that takes upper and lower case as the same.
  static func glob(ignoringCase: Bool) -> @Sendable (String) throws -> Glob {
    { text in
      do throws(GlobError) { return try Glob(text, ignoringCase: ignoringCase) } catch {
        throw ValidationError("'\(text)' is not a valid pattern: \(error).")
      }
    }
  }

  /// Parses one side, or width and height: 640, 640x480.
  static let sides: @Sendable (String) throws -> PixelSize = { text in
    let sides = text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard sides.count == 1 || sides.count == 2, sides.allSatisfy({ (1...16384).contains($0) }) else {
      throw ValidationError("'\(text)' is not a size such as 640 or 640x480, with sides from 1 to 16384.")
    }
    return PixelSize(width: sides[0], height: sides[sides.count - 1])
  }

  /// Splits a list at its commas; spaces around the elements do not count.
  static func list(_ text: String) throws -> [String] {
    let elements = text.split(separator: ",", omittingEmptySubsequences: false).map {
      String($0.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
    guard !elements.contains("") else {
      throw ValidationError("'\(text)' has an empty element.\nSeparate the elements with one comma each: a,b")
    }
    return elements
  }

  private static func wholeNumber(_ range: ClosedRange<Int>) -> String {
    range.upperBound == Int.max
      ? "a whole number of at least \(range.lowerBound)"
      : "a whole number from \(range.lowerBound) to \(range.upperBound)"
  }

  /// Parses a whole number of `quantity`, from 1 to 1e15. One without a unit is `least` or more.
  private static func scaled(
    _ quantity: Quantity, form: String, noun: String, largest: String, bareFrom least: Int, unit: String
  ) -> @Sendable (String) throws -> Int {
    { text in
      guard let value = try quantity.value(text, in: 1...1e15, or: form) else {
        throw ValidationError("'\(text)' is not \(form).")
      }
      guard value >= 1, value < 1e15 else {
        throw ValidationError("'\(text)' is not \(form), from 1 to \(largest).")
      }
      if text.last?.isNumber == true, value < Double(least) {
        // 2 of memory are 2G, but 2 megapixels are a picture.
        let meant = noun == "bytes" && value <= 16 ? "G" : unit
        throw ValidationError("'\(text)' is only \(text) \(noun).\nDid you mean \(text)\(meant)?")
      }
      return Int(value)
    }
  }
}
