import Recognition

/// A second model that can answer a task in place of the first, and the engines that run it, one per worker.
public struct SecondModel {
  /// When the second model answers.
  public enum Rule: Sendable {
    /// The first model is light; the second answers images whose best score is below `threshold`.
    case cascade(threshold: Float)
    /// The second model answers images on which the first fails, and all images while the breaker is open.
    case fallback(CircuitBreaker)
  }

  public var model: LoadedModel
  public var thresholds: Thresholds
  public var instances: [any Engine]
  public var rule: Rule

  public init(model: LoadedModel, thresholds: Thresholds, instances: [any Engine], rule: Rule) {
    precondition(!instances.isEmpty)
    self.model = model
    self.thresholds = thresholds
    self.instances = instances
    self.rule = rule
  }
}
