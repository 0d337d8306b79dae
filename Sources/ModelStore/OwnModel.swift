import Recognition

/// A network of the user's own of a kind that is exported the same way everywhere: the kind of its outputs stands for
/// a card.
public struct OwnModel: Sendable {
  public var head: HeadSpec.Kind
  /// A file of class names, one a line.
  public var labels: String?
  /// Of its input; nil: the kind's usual one.
  public var size: PixelSize?

  /// The kinds that need no card.
  public static let heads: [HeadSpec.Kind] = [.yolov8, .yolov5, .yolox, .darknet, .softmax, .probabilities]

  public init(head: HeadSpec.Kind, labels: String? = nil, size: PixelSize? = nil) {
    self.head = head
    self.labels = labels
    self.size = size
  }

  /// The card, but for what the network's file tells. Preparation and thresholds are those of the kind's authors.
  func card(labelsAt absolute: (String) -> String) throws(SetupError) -> [String: Any] {
    guard Self.heads.contains(head) else { throw SetupError("the head \(head.rawValue) wants a card") }
    let isClassifier = head == .softmax || head == .probabilities
    let usual = isClassifier ? 224 : head == .darknet ? 416 : 640
    let size = self.size ?? PixelSize(width: usual, height: usual)
    var input: [String: Any] = ["width": size.width, "height": size.height, "channels": head == .yolox ? "bgr" : "rgb"]
    var defaults: [String: Any] = [:]
    switch head {
    case .softmax, .probabilities:
      // torchvision's evaluation: 256 for 224.
      input["resize"] = ["rule": "short_side", "side": max(size.width, size.height) * 8 / 7]
      input["mean"] = [123.675, 116.28, 103.53]
      input["scale"] = [1 / (0.229 * 255), 1 / (0.224 * 255), 1 / (0.225 * 255)]
    case .yolox:
      input["resize"] = ["rule": "letterbox", "pad": 114, "anchor": "corner"]
      input["mean"] = [0, 0, 0]
      input["scale"] = [1, 1, 1]
      defaults = ["min_confidence": 0.3, "iou": 0.45]
    case .darknet:
      input["resize"] = ["rule": "stretch"]
      input["mean"] = [0, 0, 0]
      input["scale"] = [1 / 255.0, 1 / 255.0, 1 / 255.0]
      defaults = ["min_confidence": 0.25, "iou": 0.45]
    default:
      input["resize"] = ["rule": "letterbox", "pad": 114, "anchor": "centre"]
      input["mean"] = [0, 0, 0]
      input["scale"] = [1 / 255.0, 1 / 255.0, 1 / 255.0]
      defaults = ["min_confidence": 0.25, "iou": head == .yolov8 ? 0.7 : 0.45]
    }
    var card: [String: Any] = [
      "task": isClassifier ? "classify" : "detect", "input": input, "head": ["kind": head.rawValue],
      "defaults": defaults,
    ]
    if let labels {
      let path = absolute(labels)
      guard Files.size(path) != nil else { throw SetupError("there is no file \(labels)") }
      card["labels"] = ["file": path, "form": "lines"]
    }
    if head == .darknet { card["max_batch"] = 1 }
    return card
  }
}
