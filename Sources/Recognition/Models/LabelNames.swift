/// Names that networks give to the same class of COCO or PASCAL VOC.
public enum LabelNames {
  /// The plain name, which the zoo's models use, and that of PASCAL VOC and Darknet.
  static let pairs = [
    ("airplane", "aeroplane"), ("couch", "sofa"), ("dining table", "diningtable"), ("motorcycle", "motorbike"),
    ("potted plant", "pottedplant"), ("tv", "tvmonitor"),
  ]

  /// Returns `name` as it is among `labels`: itself, or its other name if only that is among them.
  public static func known(_ name: String, among labels: [String]) -> String {
    guard !labels.contains(name) else { return name }
    let other = pairs.lazy.compactMap { plain, other in name == other ? plain : name == plain ? other : nil }.first
    return other.flatMap { labels.contains($0) ? $0 : nil } ?? name
  }
}
