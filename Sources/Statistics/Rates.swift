import Platform

/// Whether two samples have the same rate: Fisher's exact test, and Cohen's h as the size of the difference.
public struct RateDifference: Sendable, Equatable {
  /// Cohen's h, positive if the rate has grown: the difference of 2 asin √rate, from -π to π.
  public let h: Double
  public let p: Double

  /// Most sums of the exact test; of more counts the chi-square test has no error that matters.
  private static let maxExact = 10_000

  /// `hits` of `count`, before and now.
  public init(hits first: Int, of n1: Int, now second: Int, of n2: Int) {
    guard n1 > 0, n2 > 0 else {
      (h, p) = (0, 1)
      return
    }
    func angle(_ hits: Int, _ count: Int) -> Double { 2 * asin((Double(hits) / Double(count)).squareRoot()) }
    h = angle(second, n2) - angle(first, n1)
    let hits = first + second
    let range = max(0, hits - n2)...min(hits, n1)
    if range.count > Self.maxExact {
      p =
        Homogeneity(
          [Double(first), Double(n1 - first)], [Double(second), Double(n2 - second)]
        ).p
    } else {
      p = Self.exact(first, range, hits: hits, n1, n2)
    }
  }

  /// Sum of the probabilities of all tables that are no more likely than this one.
  private static func exact(_ seen: Int, _ range: ClosedRange<Int>, hits: Int, _ n1: Int, _ n2: Int) -> Double {
    func choose(_ n: Int, _ k: Int) -> Double {
      Distribution.logGamma(Double(n) + 1) - Distribution.logGamma(Double(k) + 1)
        - Distribution.logGamma(Double(n - k) + 1)
    }
    let all = choose(n1 + n2, hits)
    func probability(_ count: Int) -> Double { exp(choose(n1, count) + choose(n2, hits - count) - all) }
    let limit = probability(seen) * (1 + 1e-7)
    return min(
      1,
      range.reduce(0) { sum, count in
        let part = probability(count)
        return part <= limit ? sum + part : sum
      })
  }
}

/// Several tests at once.
public enum Holm {
  /// Probabilities that hold beside each other, in the order of `p`: with each compared with a level, the chance of any
  /// false alarm is at most that level.
  public static func adjusted(_ p: [Double]) -> [Double] {
    var result = p
    var highest = 0.0
    for (rank, index) in p.indices.sorted(by: { p[$0] < p[$1] }).enumerated() {
      highest = max(highest, min(1, p[index] * Double(p.count - rank)))
      result[index] = highest
    }
    return result
  }
}
