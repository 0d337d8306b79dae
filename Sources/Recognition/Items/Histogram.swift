/// Counts of measured values by size, in the buckets of a Prometheus histogram.
public struct Histogram: Sendable, Equatable {
  /// Upper bounds of the buckets, inclusive and ascending.
  public let bounds: [Double]
  /// Number of values in each bucket, without those of smaller ones; the last bucket has no bound.
  public private(set) var counts: [Int]
  public private(set) var sum = 0.0

  public init(bounds: [Double]) {
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.count + 1)
  }

  /// Times from 1 ms, a small decoded picture, to 10 s, a page of text, in seconds.
  public static let time = Histogram(bounds: [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
  ])

  /// Numbers of images in a batch.
  public static let batch = Histogram(bounds: [1, 2, 4, 8, 16, 32, 64, 128])

  /// Number of values.
  public var count: Int { counts.reduce(0, +) }

  /// Mean of the values; 0 without any.
  public var mean: Double { count > 0 ? sum / Double(count) : 0 }

  public mutating func observe(_ value: Double) {
    // Values lie in the first buckets more often than not.
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
    sum += value
  }

  /// Number of values up to each bound, and of all.
  public var cumulativeCounts: [Int] {
    var total = 0
    return counts.map { count in
      total += count
      return total
    }
  }
}
