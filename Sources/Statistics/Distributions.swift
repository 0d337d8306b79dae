import Platform

/// Tails of the distributions that the tests use.
public enum Distribution {
  /// Probability that a chi-square variable of `degrees` degrees of freedom, which need not be whole, exceeds `value`.
  public static func chiSquareTail(_ value: Double, degrees: Double) -> Double {
    guard degrees > 0, value > 0 else { return 1 }
    return upperGamma(degrees / 2, value / 2)
  }

  /// Kolmogorov's distribution: the probability that the limit of √n D exceeds `value`.
  public static func kolmogorovTail(_ value: Double) -> Double {
    guard value > 0.04 else { return 1 }
    var sum = 0.0
    if value < 1 {
      // The alternating series needs many terms here, this one few (Marsaglia, Tsang, Wang 2003).
      for term in 1...20 {
        let odd = Double(2 * term - 1)
        sum += exp(-odd * odd * Double.pi * Double.pi / (8 * value * value))
      }
      return min(1, max(0, 1 - (2 * Double.pi).squareRoot() / value * sum))
    }
    for term in 1...20 {
      let part = exp(-2 * Double(term * term) * value * value)
      sum += term.isMultiple(of: 2) ? -part : part
    }
    return min(1, max(0, 2 * sum))
  }

  /// Q(a, x), the regularised upper incomplete gamma function, for a > 0 and x ≥ 0 (Numerical Recipes, 6.2).
  public static func upperGamma(_ a: Double, _ x: Double) -> Double {
    guard a > 0, x > 0 else { return 1 }
    guard a.isFinite, x.isFinite else { return 0 }
    let factor = exp(-x + a * log(x) - logGamma(a))
    return min(1, max(0, x < a + 1 ? 1 - factor * series(a, x) : factor * fraction(a, x)))
  }

  /// Natural logarithm of the gamma function, for x > 0 (Lanczos, g = 7).
  public static func logGamma(_ x: Double) -> Double {
    if x < 0.5 { return log(Double.pi / sin(Double.pi * x)) - logGamma(1 - x) }
    let shifted = x - 1
    var sum = 0.999_999_999_999_809_93
    for (index, coefficient) in lanczos.enumerated() { sum += coefficient / (shifted + Double(index + 1)) }
    let base = shifted + 7.5
    return 0.5 * log(2 * Double.pi) + (shifted + 0.5) * log(base) - base + log(sum)
  }

  private static let lanczos = [
    676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_13, -176.615_029_162_140_59,
    12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_572e-6, 1.505_632_735_149_311_6e-7,
  ]

  /// Most terms of a series: enough for a million degrees of freedom.
  private static let maxTerms = 100_000
  private static let accuracy = 1e-15

  private static func series(_ a: Double, _ x: Double) -> Double {
    var (term, sum, divisor) = (1 / a, 1 / a, a)
    for _ in 0..<maxTerms {
      divisor += 1
      term *= x / divisor
      sum += term
      if abs(term) < abs(sum) * accuracy { break }
    }
    return sum
  }

  /// Continued fraction by Lentz's method.
  private static func fraction(_ a: Double, _ x: Double) -> Double {
    let tiny = 1e-300
    var b = x + 1 - a
    var c = 1 / tiny
    var d = 1 / b
    var result = d
    for index in 1...maxTerms {
      let factor = -Double(index) * (Double(index) - a)
      b += 2
      d = factor * d + b
      if abs(d) < tiny { d = tiny }
      c = b + factor / c
      if abs(c) < tiny { c = tiny }
      d = 1 / d
      result *= d * c
      if abs(d * c - 1) < accuracy { break }
    }
    return result
  }
}
