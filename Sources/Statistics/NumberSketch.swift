import Platform

/// The distribution of any number of numbers in bounded memory: counts in bins of a thousandth of the number.
public struct NumberSketch: Sendable {
  public private(set) var count = 0
  public private(set) var mean = 0.0
  private var squares = 0.0
  private var bins: [Int32: Int] = [:]

  /// Bits of a Float that are dropped: its sign, exponent and first ten digits remain.
  private static let droppedBits = 13

  public init() {}

  /// Adds a number. One that is not finite is left out.
  public mutating func add(_ value: Double) {
    guard value.isFinite else { return }
    count += 1
    let distance = value - mean
    mean += distance / Double(count)
    squares += distance * (value - mean)
    bins[Self.bin(value), default: 0] += 1
  }

  /// Standard deviation of the sample.
  public var deviation: Double { count > 1 ? max(0, squares / Double(count - 1)).squareRoot() : 0 }

  /// The bins that are not empty, in their order.
  public func sorted() -> [(bin: Int32, count: Int)] {
    bins.sorted { $0.key < $1.key }.map { (bin: $0.key, count: $0.value) }
  }

  /// The number below which `share` of the numbers lie, to a thousandth of it.
  public func quantile(_ share: Double) -> Double { Self.quantile(share, in: sorted(), of: count) }

  static func quantile(_ share: Double, in bins: [(bin: Int32, count: Int)], of count: Int) -> Double {
    let rank = share * Double(count)
    var sum = 0
    for (bin, count) in bins {
      sum += count
      if Double(sum) >= rank { return value(bin) }
    }
    return bins.last.map { value($0.bin) } ?? 0
  }

  /// Bins are in the order of the numbers; zero has one of its own.
  static func bin(_ value: Double) -> Int32 {
    let bounded = Float(min(max(value, -Double(Float.greatestFiniteMagnitude)), Double(Float.greatestFiniteMagnitude)))
    let bin = Int32(truncatingIfNeeded: bounded.magnitude.bitPattern >> UInt32(droppedBits))
    return bounded < 0 ? -bin - 1 : bin
  }

  /// The end of the bin that is nearer to zero: small whole numbers are exact.
  static func value(_ bin: Int32) -> Double {
    let magnitude = Double(Float(bitPattern: UInt32(bin < 0 ? -bin - 1 : bin) << UInt32(droppedBits)))
    return bin < 0 ? -magnitude : magnitude
  }
}

/// How far two distributions of numbers are apart.
public struct NumberDifference: Sendable, Equatable {
  /// Kolmogorov and Smirnov's D: the greatest difference of the shares below any number, 0 to 1.
  public private(set) var ks = 0.0
  /// Population stability index over the tenths of the first sample.
  public private(set) var psi = 0.0
  /// Bins of the index: ten, or fewer if one number is frequent.
  public private(set) var bins = 0
  /// Of both tests together: twice the smaller probability.
  public private(set) var p = 1.0

  public init(_ first: NumberSketch, _ second: NumberSketch) {
    guard first.count > 0, second.count > 0 else { return }
    let (a, b) = (first.sorted(), second.sorted())
    let (n1, n2) = (Double(first.count), Double(second.count))
    ks = Self.distance(a, b, n1, n2)
    // Stephens 1970: the limit's distribution, close from few numbers on.
    let root = (n1 * n2 / (n1 + n2)).squareRoot()
    let ksTail = Distribution.kolmogorovTail((root + 0.12 + 0.11 / root) * ks)
    let cuts = Self.tenths(a, first.count)
    let (before, now) = (Self.counts(a, cuts), Self.counts(b, cuts))
    bins = zip(before, now).count { $0.0 + $0.1 > 0 }
    psi = PopulationStability.index(before, now)
    p = min(1, 2 * min(ksTail, Homogeneity(before, now).p))
  }

  private static func distance(
    _ a: [(bin: Int32, count: Int)], _ b: [(bin: Int32, count: Int)], _ n1: Double, _ n2: Double
  ) -> Double {
    var (i, j, below1, below2, most) = (0, 0, 0, 0, 0.0)
    while i < a.count || j < b.count {
      let bin = min(i < a.count ? a[i].bin : .max, j < b.count ? b[j].bin : .max)
      if i < a.count, a[i].bin == bin {
        below1 += a[i].count
        i += 1
      }
      if j < b.count, b[j].bin == bin {
        below2 += b[j].count
        j += 1
      }
      most = max(most, abs(Double(below1) / n1 - Double(below2) / n2))
    }
    return most
  }

  /// The last bin of each part: tenths of the sample. A number that is a tenth or more of it has a part of its own.
  private static func tenths(_ bins: [(bin: Int32, count: Int)], _ count: Int) -> [Int32] {
    var cuts: [Int32] = []
    var (sum, next) = (0, 1)
    for (bin, amount) in bins {
      if 10 * amount >= count, cuts.last != bin - 1, bin > .min { cuts.append(bin - 1) }
      sum += amount
      guard 10 * sum >= next * count else { continue }
      cuts.append(bin)
      while next * count <= 10 * sum { next += 1 }
    }
    return cuts
  }

  /// The counts up to each cut, and above the last.
  private static func counts(_ bins: [(bin: Int32, count: Int)], _ cuts: [Int32]) -> [Double] {
    var counts = [Double](repeating: 0, count: cuts.count + 1)
    var part = 0
    for (bin, amount) in bins {
      while part < cuts.count, bin > cuts[part] { part += 1 }
      counts[part] += Double(amount)
    }
    return counts
  }
}
