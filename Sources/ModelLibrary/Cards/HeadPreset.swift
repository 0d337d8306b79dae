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
  public static var heads: [HeadSpec.Kind] { conventions.map(\.key) }

  /// What the exports of one kind have in common, as its authors prepare images and set thresholds.
  private struct Convention {
    var isClassifier = false
    /// Width and height of the input, unless the export or the user states them.
    var side = 640
    var channels = "rgb"
    var resize: [String: Any] = ["rule": "letterbox", "pad": 114, "anchor": "centre"]
    var scale = 1 / 255.0
    var defaults: [String: Any] = [:]
    var maxBatch: Int?
  }

  private static var conventions: KeyValuePairs<HeadSpec.Kind, Convention> {
    [
      .yolov8: Convention(defaults: ["min_confidence": 0.25, "iou": 0.7]),
      .yolov5: Convention(defaults: ["min_confidence": 0.25, "iou": 0.45]),
      .yolox: Convention(
        channels: "bgr", resize: ["rule": "letterbox", "pad": 114, "anchor": "corner"], scale: 1,
        defaults: ["min_confidence": 0.3, "iou": 0.45]),
      .darknet: Convention(
        side: 416, resize: ["rule": "stretch"], defaults: ["min_confidence": 0.25, "iou": 0.45], maxBatch: 1),
      .softmax: Convention(isClassifier: true, side: 224),
      .probabilities: Convention(isClassifier: true, side: 224),
    ]
  }

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
    guard let convention = Self.conventions.first(where: { $0.key == head })?.value else {
      throw SetupError("the head \(head.rawValue) needs a card")
    }
    let export = ONNXExportInfo(of: network)
    if let exported = try export?.head(of: origin), convention.isClassifier != (exported == .probabilities) {
      throw SetupError(
        "\(origin) was exported for the task \"\(export?.task ?? "")\": use --head \(exported.rawValue)")
    }
    let size = try size(export, origin, usual: convention.side)
    var input: [String: Any] = [
      "width": size.width, "height": size.height, "channels": convention.channels, "resize": convention.resize,
      "mean": [0, 0, 0], "scale": Array(repeating: convention.scale, count: 3),
    ]
    if export?.layout == .nhwc { input["layout"] = "nhwc" }
    if convention.isClassifier {
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
    }
    var card: [String: Any] = [
      "task": convention.isClassifier ? "classify" : "detect", "input": input, "head": ["kind": head.rawValue],
      "defaults": convention.defaults,
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
    if let limit = convention.maxBatch { card["max_batch"] = limit }
    return card
  }

  private func size(_ export: ONNXExportInfo?, _ origin: String, usual: Int) throws(SetupError) -> PixelSize {
    if let channels = export?.channels, channels != 3 {
      throw SetupError(
        "\(origin) takes \(channels) \(channels == 1 ? "channel" : "channels"), not 3: it needs a card")
    }
    if let own = export?.size, export?.isFixed == true, let size, size != own {
      throw SetupError(
        "\(origin) takes \(own.width)x\(own.height), and --input-size is \(size.width)x\(size.height)")
    }
    return self.size ?? export?.size ?? PixelSize(width: usual, height: usual)
  }
}
