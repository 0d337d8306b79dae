/// Filters of the findings: the user's, and the card's defaults for the rest.
public struct Thresholds: Sendable, Hashable {
  /// Maximum number of classes reported.
  public var top: Int
  public var minConfidence: Float
  /// IoU threshold of non-maximum suppression.
  public var iou: Float
  /// The labels that are reported; nil: all.
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
