import Platform
import Recognition

/// A second model that can answer a task in place of the first, and the engines that run it, one per worker.
public struct SecondModel {
  /// When the second model answers.
  public enum Rule: Sendable {
    /// The first model is light; the second answers images whose best score is below `threshold`.
    case cascade(threshold: Float)
    /// The second model answers images on which the first fails, and all images while the breaker is open.
    case fallback(CircuitBreaker)

    /// Seconds that a batch may take; nil: not limited.
    var latencyLimit: Double? {
      switch self {
      case .cascade: nil
      case .fallback(let breaker): breaker.rules.latency?.seconds
      }
    }
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

  /// Forwards an image of the first model's, whose own slot is then free; precondition: it has a slot for this one.
  func take(_ request: InferenceRequest, from buffers: Buffers, to escalated: Channel<InferenceRequest>.Sender) {
    guard let second = request.second else { preconditionFailure("no slot for the second model") }
    escalated.send(
      InferenceRequest(
        job: request.job, transform: second.transform, slot: second.slot, readyAt: monotonicSeconds(),
        isPage: model.card.input.resize.rule == .page))
    buffers.release(request.slot)
  }
}
