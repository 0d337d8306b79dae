/// What a cascade forwards and what it gets right at each threshold, from the answers of both of its models to the same
/// images.
public struct CascadeCurve: Sendable {
  public struct Sample: Sendable {
    /// Best score of the light model.
    public var confidence: Float
    public var isLightRight: Bool
    public var isHeavyRight: Bool

    public init(confidence: Float, isLightRight: Bool, isHeavyRight: Bool) {
      self.confidence = confidence
      self.isLightRight = isLightRight
      self.isHeavyRight = isHeavyRight
    }
  }

  public struct Point: Sendable, Equatable {
    /// Score below which the heavy model answers.
    public var threshold: Double
    /// Part of the images that the heavy model answers.
    public var forwarded: Double
    /// Part of the images whose answer is right.
    public var right: Double
  }

  private let samples: [Sample]

  /// Precondition: there are samples.
  public init(_ samples: [Sample]) {
    precondition(!samples.isEmpty)
    self.samples = samples
  }

  /// Part of the images that each model alone gets right.
  public var light: Double { share { $0.isLightRight } }
  public var heavy: Double { share { $0.isHeavyRight } }

  public func point(at threshold: Double) -> Point {
    let isForwarded = { (sample: Sample) in sample.confidence < Float(threshold) }
    return Point(
      threshold: threshold, forwarded: share(isForwarded),
      right: share { isForwarded($0) ? $0.isHeavyRight : $0.isLightRight })
  }

  /// The lowest threshold, in hundredths, from which on no threshold gets more than `maxLoss` fewer of the images right
  /// than the heavy model alone; nil if even 1 does.
  public func best(maxLoss: Double) -> Point? {
    var best: Point?
    for hundredth in stride(from: 100, through: 0, by: -1) {
      let point = point(at: Double(hundredth) / 100)
      // Shares are quotients; equal ones may differ in the last bit.
      guard heavy - point.right <= maxLoss + 1e-9 else { break }
      best = point
    }
    return best
  }

  private func share(_ isCounted: (Sample) -> Bool) -> Double {
    Double(samples.count(where: isCounted)) / Double(samples.count)
  }
}
