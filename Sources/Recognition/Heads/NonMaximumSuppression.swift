/// Non-maximum suppression.
public enum NonMaximumSuppression {
  /// The surest of each pile of boxes that overlap by more than `iou`, the surest first. Boxes of different labels do
  /// not compete (class-aware).
  public static func strongest(of detections: [Detection], iou: Float) -> [Detection] {
    var kept: [Detection] = []
    for candidate in detections.sorted(by: { $0.score > $1.score }) {
      let covered = kept.contains { $0.label == candidate.label && $0.box.iou(candidate.box) > iou }
      if !covered { kept.append(candidate) }
    }
    return kept
  }
}
