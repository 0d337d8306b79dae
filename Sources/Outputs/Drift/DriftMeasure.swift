import Statistics

/// What a comparison says of one measure.
public enum DriftVerdict: String, Sendable, CaseIterable {
  /// Too few images to judge.
  case tooFew = "too_few"
  /// No difference that chance does not explain.
  case stable
  /// A difference that chance does not explain, and that is too small to matter.
  case small
  /// A difference of at least two fifths of the limit.
  case warning
  /// A difference beyond the limit.
  case drift
}

/// From when on a difference is one.
public struct DriftLimits: Sendable {
  /// Population stability index. Cramér's V has the limit √psi / 2, which is the same for small differences.
  public var psi = 0.25
  /// Kolmogorov and Smirnov's D.
  public var ks = 0.1
  /// Cohen's h of a rate.
  public var rate = 0.2
  /// Distance of the centroids of vectors in units of their spread.
  public var centroid = 0.15
  /// Chance of a false alarm in a comparison, all measures together.
  public var significance = 0.01
  /// Number of images of each run from which distributions can be compared.
  public var minImages = 50

  /// Part of a limit from which on a difference is a warning: the index's classic 0.1 of 0.25.
  static let warningPart = 0.4

  public init() {}
}

/// How one measure differs between two runs.
public struct DriftMeasure: Sendable {
  /// What the measure is made of.
  public enum Values: Sendable {
    case labels(LabelShift)
    case numbers(NumberShift)
    case rate(RateShift)
    case vectors(CentroidDifference)
  }

  /// The labels of images.
  public struct LabelShift: Sendable {
    public var psi: Double
    /// What the index would be by chance.
    public var chance: Double
    public var test: Homogeneity
    /// The labels whose shares have changed most, as parts of 1.
    public var moved: [(label: String, baseline: Double, now: Double)]
  }

  /// A number of each image.
  public struct NumberShift: Sendable {
    public var difference: NumberDifference
    /// What the index would be by chance.
    public var chance: Double
    public var baseline: Summary
    public var now: Summary

    /// A distribution in a few numbers.
    public struct Summary: Sendable {
      public var mean: Double
      public var deviation: Double
      /// Quantiles at 10, 50 and 90 %.
      public var quantiles: [Double]
    }
  }

  /// The share of images of which something is true.
  public struct RateShift: Sendable {
    public var baseline: Double
    public var now: Double
    public var difference: RateDifference
  }

  /// `TASK.PART`, or the name of a fact about images.
  public var name: String
  /// Number of images, before and now.
  public var baseline: Int
  public var now: Int
  public var values: Values
  /// The difference in units of its limit.
  public var size: Double
  /// The probability of such a difference by chance, alone and beside the other measures.
  public var p: Double
  public var adjusted = 1.0
  public var verdict = DriftVerdict.stable

  /// The verdict by the size of the difference and by its probability.
  mutating func judge(_ limits: DriftLimits) {
    let isSignificant = adjusted < limits.significance
    let isEnough = hasEnough(limits)
    verdict =
      if !isEnough {
        .tooFew
      } else if !isSignificant {
        .stable
      } else if size >= 1 {
        .drift
      } else if size >= DriftLimits.warningPart {
        .warning
      } else {
        .small
      }
    // The test of rates is exact for few images too.
    if case .rate = values, verdict == .stable, min(baseline, now) < limits.minImages { verdict = .tooFew }
  }

  /// Whether the runs have images enough for the test of the measure.
  func hasEnough(_ limits: DriftLimits) -> Bool {
    switch values {
    case .rate: min(baseline, now) > 0
    case .labels, .numbers, .vectors: min(baseline, now) >= limits.minImages
    }
  }
}
