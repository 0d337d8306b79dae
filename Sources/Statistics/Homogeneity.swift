import Platform

/// Whether two samples have the same frequencies: Pearson's chi-square of a table of two rows.
///
/// Its distribution is that of a scaled chi-square with the exact mean and variance of the statistic for the margins of
/// the table (Dawson 1954), so that columns of few counts need not be pooled: a tail of rare labels that is replaced by
/// another is seen. Counts may be fractions.
public struct Homogeneity: Sendable, Equatable {
  public private(set) var chiSquare = 0.0
  /// Degrees of freedom: columns that are not empty, less one.
  public private(set) var degrees = 0
  public private(set) var p = 1.0
  /// Cramér's V less what chance alone gives (Bergsma 2013): 0 is the same, 1 has no column in common.
  public private(set) var cramersV = 0.0
  /// Of the statistic, by chance.
  private(set) var mean = 0.0
  private(set) var variance = 0.0

  /// `first` and `second` are the counts of the same columns.
  public init(_ first: [Double], _ second: [Double]) {
    let (n1, n2) = (first.reduce(0, +), second.reduce(0, +))
    let n = n1 + n2
    guard n1 > 0, n2 > 0, n > 3 else { return }
    let share = n1 / n
    var inverses = 0.0
    var columns = 0
    for (a, b) in zip(first, second) where a + b > 0 {
      columns += 1
      let difference = a - (a + b) * share
      chiSquare += difference * difference / ((a + b) * share * (1 - share))
      inverses += n / (a + b)
    }
    degrees = columns - 1
    guard degrees > 0 else { return }
    mean = n / (n - 1) * Double(degrees)
    variance = Self.variance(n, rows: (2, n / n1 + n / n2), columns: (Double(columns), inverses))
    cramersV = max(0, (chiSquare - mean) / n).squareRoot()
    // Each column holds one image: nothing can be seen.
    guard variance > 1e-9 * mean else { return }
    p = Distribution.chiSquareTail(2 * mean * chiSquare / variance, degrees: 2 * mean * mean / variance)
  }

  /// Variance of the statistic of a table of `n`; of rows and columns the number, and the sum of n / total.
  private static func variance(
    _ n: Double, rows: (count: Double, inverses: Double), columns: (count: Double, inverses: Double)
  ) -> Double {
    func parts(_ margin: (count: Double, inverses: Double)) -> (v: Double, w: Double) {
      (
        (margin.count - 1) * (n - margin.count) / (n - 1),
        (margin.inverses - margin.count * margin.count) / (n - 2)
      )
    }
    let (row, column) = (parts(rows), parts(columns))
    return 2 * n / (n - 3) * (row.v - row.w) * (column.v - column.w) + n * n / (n - 1) * row.w * column.w
  }
}

/// The population stability index: Σ (q − p) ln(q / p) over bins of shares p before and q now.
public enum PopulationStability {
  /// A smaller share counts as this one: what is next to nothing of both runs is no infinite change.
  public static let leastShare = 0.001

  /// The index of the counts of two runs in the same bins; 0 if one run has none.
  public static func index(_ first: [Double], _ second: [Double]) -> Double {
    let (n1, n2) = (first.reduce(0, +), second.reduce(0, +))
    guard n1 > 0, n2 > 0 else { return 0 }
    return zip(first, second).reduce(0) { sum, counts in
      let (p, q) = (max(leastShare, counts.0 / n1), max(leastShare, counts.1 / n2))
      return sum + (q - p) * log(q / p)
    }
  }

  /// What the index of two samples of one population is on average.
  public static func chance(bins: Int, _ n1: Double, _ n2: Double) -> Double {
    n1 > 0 && n2 > 0 ? Double(max(0, bins - 1)) * (1 / n1 + 1 / n2) : 0
  }
}
