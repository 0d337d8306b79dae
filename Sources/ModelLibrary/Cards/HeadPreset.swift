import ModelFiles
import Platform
import Recognition

/// Preset for a user's own network of a kind that is always exported in the same way: the kind of its outputs replaces
/// a card.
public struct HeadPreset: Sendable {
  public var head: HeadSpec.Kind
  /// File of class names, one per line.
  public var labels: String?
  /// Size of the input; nil: that of the export, else the kind's usual one.
  public var size: PixelSize?

  /// The kinds that need no card.
  public static let heads: [HeadSpec.Kind] = [.yolov8, .yolov5, .yolox, .darknet, .softmax, .probabilities]

  public init(head: HeadSpec.Kind, labels: String? = nil, size: PixelSize? = nil) {
    self.head = head
    self.labels = labels
    self.size = size
  }

  /// Returns the card's object, without the keys that follow from the network's file. Preparation and thresholds are
  /// those of the kind's authors; size and classes those of the export, unless the user gave them.
  ///
  /// Throws `SetupError` if the export contradicts the preset.
  func card(_ origin: String, network: String, absolute: (String) -> String) throws(SetupError) -> [String: Any] {
    let export = ONNXExportInfo(of: network)
    if let exported = try export?.head(of: origin), isClassifier != (exported == .probabilities) {
      throw SetupError(
        "\(origin) was exported for the task \"\(export?.task ?? "")\": use --head \(exported.rawValue)")
    }
    let size = try size(export, origin)
    var input: [String: Any] = ["width": size.width, "height": size.height, "channels": head == .yolox ? "bgr" : "rgb"]
    if export?.layout == .nhwc { input["layout"] = "nhwc" }
    input["mean"] = [0, 0, 0]
    input["scale"] = [1 / 255.0, 1 / 255.0, 1 / 255.0]
    var defaults: [String: Any] = [:]
    switch head {
    case .softmax, .probabilities:
      let short = max(size.width, size.height)
      if export?.task != nil {
        // Ultralytics crops nothing and subtracts no mean; it resizes with Pillow.
        input["resize"] = ["rule": "short_side", "side": short]
        input["filter"] = "bilinear"
      } else {
        // torchvision's evaluation: 256 for 224.
        input["resize"] = ["rule": "short_side", "side": short * 8 / 7]
        input["mean"] = [123.675, 116.28, 103.53]
        input["scale"] = [1 / (0.229 * 255), 1 / (0.224 * 255), 1 / (0.225 * 255)]
      }
    case .yolox:
      input["resize"] = ["rule": "letterbox", "pad": 114, "anchor": "corner"]
      input["scale"] = [1, 1, 1]
      defaults = ["min_confidence": 0.3, "iou": 0.45]
    case .darknet:
      input["resize"] = ["rule": "stretch"]
      defaults = ["min_confidence": 0.25, "iou": 0.45]
    case .yolov5, .yolov8:
      input["resize"] = ["rule": "letterbox", "pad": 114, "anchor": "centre"]
      defaults = ["min_confidence": 0.25, "iou": head == .yolov8 ? 0.7 : 0.45]
    case .yunet, .centerface, .boxes, .ssd, .salient, .semantic, .vector, .textmap, .ctc, .ctcPlanes, .east, .measures,
      .upscale:
      throw SetupError("the head \(head.rawValue) needs a card")
    }
    var card: [String: Any] = [
      "task": isClassifier ? "classify" : "detect", "input": input, "head": ["kind": head.rawValue],
      "defaults": defaults,
    ]
    let names = export?.names ?? []
    if let labels {
      let path = absolute(labels)
      guard FileSystem.size(path) != nil else { throw SetupError("file \(labels) does not exist") }
      let count = try LabelParser.labels(in: FileSystem.contents(path), form: .lines, origin: labels).count
      guard names.isEmpty || names.count == count else {
        throw SetupError("\(labels) has \(count) labels, and \(origin) was exported with \(names.count) classes")
      }
      card["labels"] = ["file": path, "form": "lines"]
    } else if !names.isEmpty {
      card["labels"] = ["names": names]
    }
    if head == .darknet { card["max_batch"] = 1 }
    return card
  }

  private var isClassifier: Bool { head == .softmax || head == .probabilities }

  private func size(_ export: ONNXExportInfo?, _ origin: String) throws(SetupError) -> PixelSize {
    if let channels = export?.channels, channels != 3 {
      throw SetupError(
        "\(origin) takes \(channels) \(channels == 1 ? "channel" : "channels"), not 3: it needs a card")
    }
    if let own = export?.size, export?.isFixed == true, let size, size != own {
      throw SetupError(
        "\(origin) takes \(own.width)x\(own.height), and --input-size is \(size.width)x\(size.height)")
    }
    let usual = isClassifier ? 224 : head == .darknet ? 416 : 640
    return self.size ?? export?.size ?? PixelSize(width: usual, height: usual)
  }
}
