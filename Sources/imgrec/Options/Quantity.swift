import ArgumentParser

/// A number with a unit, as it is written in an argument: digits, at most one point, a unit. No sign, no exponent.
struct Quantity: Sendable {
  /// Factors of the units; "" is that of a number alone.
  let units: [String: Double]
  /// Whether `5m` and `5M` are the same.
  let ignoresCase: Bool

  static let plain = Quantity(units: ["": 1], ignoresCase: true)
  static let share = Quantity(units: ["": 1, "%": 0.01], ignoresCase: true)
  static let count = Quantity(units: ["": 1, "k": 1e3, "m": 1e6, "g": 1e9], ignoresCase: true)
  static let pixels = Quantity(prefixes: ["k", "m", "g"], base: 1000, endings: ["", "p", "px"])
  static let bytes = Quantity(prefixes: ["k", "m", "g", "t"], base: 1024, endings: ["", "b", "ib"])

  /// Units of time, in seconds, in lower case only: M is a month or a mega elsewhere.
  private static let times: [(unit: String, seconds: Double)] = [
    ("d", 86400), ("h", 3600), ("m", 60), ("s", 1), ("ms", 0.001),
  ]

  /// Seconds; a number alone counts `unit`.
  static func time(_ unit: String) -> Quantity {
    var units = Dictionary(uniqueKeysWithValues: times.map { ($0.unit, $0.seconds) })
    units[""] = units[unit]
    units["min"] = 60
    return Quantity(units: units, ignoresCase: false)
  }

  private init(units: [String: Double], ignoresCase: Bool) {
    self.units = units
    self.ignoresCase = ignoresCase
  }

  /// Each prefix is `base` times the one before, and has one of `endings`.
  private init(prefixes: [String], base: Double, endings: [String]) {
    var units: [String: Double] = [:]
    var factor = 1.0
    for prefix in [""] + prefixes {
      for ending in endings { units[prefix + ending] = factor }
      factor *= base
    }
    // "IB" alone is no unit.
    units["ib"] = nil
    self.init(units: units, ignoresCase: true)
  }

  /// Reads `text`; nil if it is not of this form. Finite, and not negative.
  func value(_ text: String) -> Double? {
    let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
    let unit = String(text.dropFirst(digits.count))
    guard let factor = units[ignoresCase ? unit.lowercased() : unit], digits.last != ".",
      let number = Double(digits), number * factor < 1e18
    else { return nil }
    // 5 of 100 is 0.05, which 5 times 0.01 is not.
    return factor < 1 ? number / (1 / factor).rounded() : number * factor
  }

  /// Reads `text`; nil if it is not of this form. Throws for the mistakes that have a cause of their own; `form`
  /// describes what is accepted. A number out of `range` is returned, but not suggested.
  func value(_ text: String, in range: ClosedRange<Double>, or form: String) throws -> Double? {
    if let value = value(text) { return value }
    let compact = text.filter { !$0.isWhitespace }
    if compact != text, let number = value(compact) {
      throw ValidationError(
        "'\(text)' has a space in it, and is not \(form)."
          + (range.contains(number) ? "\nDid you mean \(compact)?" : ""))
    }
    if text.isEmpty { throw ValidationError("'' is empty, and not \(form).") }
    if text.hasPrefix("-"), value(String(text.dropFirst())) != nil {
      throw ValidationError("'\(text)' is negative, and not \(form).")
    }
    if text.lowercased().contains("e"), !text.lowercased().contains("x"), let number = Double(text), number.isFinite {
      throw ValidationError(
        "'\(text)' has an exponent, and is not \(form)."
          + (range.contains(number) && number >= 1 && number < 1e15 ? "\nDid you mean \(Self.decimal(number))?" : ""))
    }
    return nil
  }

  /// A number without a needless fraction: 2, 0.5.
  static func decimal(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
  }

  /// A time in the largest unit of which it is a whole multiple: 500ms, 30s, 1h, 100d.
  static func time(seconds: Double) -> String {
    for (unit, factor) in times where seconds >= factor && (seconds / factor).rounded() * factor == seconds {
      return "\(Int(seconds / factor))\(unit)"
    }
    return "\(decimal(seconds))s"
  }
}
