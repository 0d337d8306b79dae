/// What the user asked of the answers, the card's defaults filled in.
public struct Thresholds: Sendable, Hashable {
  /// Classes told, at most.
  public var top: Int
  public var minConfidence: Float
  /// Overlap above which the weaker of two boxes goes.
  public var iou: Float
  /// The labels that are told; nil: all.
  public var labels: Set<String>?

  public init(top: Int = 5, minConfidence: Float = 0, iou: Float = 0.45, labels: Set<String>? = nil) {
    self.top = top
    self.minConfidence = minConfidence
    self.iou = iou
    self.labels = labels
  }

  public init(
    card: ModelCard, top: Int? = nil, minConfidence: Float? = nil, iou: Float? = nil, labels: Set<String>? = nil
  ) {
    self.init(
      top: top ?? card.defaults?.top ?? 5, minConfidence: minConfidence ?? card.defaults?.minConfidence ?? 0,
      iou: iou ?? card.defaults?.iou ?? 0.45, labels: labels)
  }
}
