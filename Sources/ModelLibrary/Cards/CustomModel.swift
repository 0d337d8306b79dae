import Foundation
import ModelFiles
import Platform
import Recognition

/// A user's own network, and the card that describes it.
struct CustomModel {
  let card: ModelCard
  /// Paths of the files, by their names on the card.
  let paths: [String: String]
  /// The card's file, for messages.
  let origin: String

  private static let formats: [String: ModelCard.Format] = [
    "onnx": .onnx, "caffemodel": .caffe, "pb": .tensorflow, "weights": .darknet, "t7": .torch, "tflite": .tflite,
    "xml": .cascade,
  ]

  /// Whether a reference is a file rather than a name of the zoo.
  static func isPath(_ reference: String) -> Bool {
    let suffix = (reference as NSString).pathExtension.lowercased()
    return reference.contains("/") || suffix == "json" || formats[suffix] != nil || FileSystem.size(reference) != nil
  }

  init(_ reference: String, card cardPath: String?, own: HeadPreset? = nil, for task: TaskKind? = nil, zoo: ModelZoo)
    throws(SetupError)
  {
    if let own {
      try self.init(reference, own: own)
      return
    }
    if cardPath != nil, !reference.contains("/"), zoo.cards.contains(where: { $0.name == reference }) {
      throw SetupError("--card needs a network's file, and \"\(reference)\" is a model with a card of its own")
    }
    let given = Self.absolute(reference)
    let isCard = cardPath == nil && (given as NSString).pathExtension.lowercased() == "json"
    if !isCard, FileSystem.size(given) == nil { throw Self.isMissing(reference) }
    let network = isCard ? nil : given
    let origin = cardPath ?? (isCard ? reference : "\((reference as NSString).deletingPathExtension).json")
    guard FileSystem.size(Self.absolute(origin)) != nil else {
      if cardPath == nil, !isCard, let head = try ONNXExportInfo(of: given)?.head(of: reference) {
        try self.init(reference, own: HeadPreset(head: head))
        return
      }
      throw SetupError(
        cardPath != nil || isCard
          ? "card \(origin) does not exist\nName the card of the network with --card FILE."
          : Self.cardIsMissing(reference, origin: origin, task))
    }

    let object = try CardDecoder.object(FileSystem.contents(Self.absolute(origin)), origin: origin)
    let folder = (Self.absolute(origin) as NSString).deletingLastPathComponent
    try self.init(object, network: network, origin: origin, folder: folder)
  }

  /// Uses a preset in place of a card.
  private init(_ reference: String, own: HeadPreset) throws(SetupError) {
    let network = Self.absolute(reference)
    guard FileSystem.size(network) != nil else { throw Self.isMissing(reference) }
    try self.init(
      own.card(reference, network: network, absolute: Self.absolute), network: network, origin: reference,
      folder: (network as NSString).deletingLastPathComponent)
  }

  private init(_ given: [String: Any], network: String?, origin: String, folder: String) throws(SetupError) {
    var object = given
    Self.complete(&object, network: network, folder: folder)
    let card = try CardDecoder.card(from: object, origin: origin)
    try CardValidator.check(card, origin: origin, pinned: false)
    var paths: [String: String] = [:]
    for file in card.files {
      let path = file.name.hasPrefix("/") ? file.name : "\(folder)/\(file.name)"
      paths[file.name] = file.role == .network ? network ?? path : path
    }
    self.card = card
    self.paths = paths
    self.origin = origin
  }

  /// Fills in the keys that a user's card may omit. The preparation of the picture is never guessed.
  private static func complete(_ object: inout [String: Any], network: String?, folder: String) {
    let entries = object["files"] as? [[String: Any]]
    let named = entries?.first { $0["role"] as? String == "network" }?["name"] as? String
    guard let file = network ?? named else { return }
    let stem = ((file as NSString).lastPathComponent as NSString).deletingPathExtension
    let format = formats[(file as NSString).pathExtension.lowercased()]

    func fill(_ key: String, _ value: Any?) { if object[key] == nil, let value { object[key] = value } }
    fill("name", String(stem.map { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) ? $0 : "_" }))
    fill("summary", "the user's own")
    fill("licence", "not stated")
    fill("format", format?.rawValue)
    let stated = (object["format"] as? String).flatMap(ModelCard.Format.init)
    fill("engines", EngineKind.defaults(for: stated).map(\.rawValue))
    if var input = object["input"] as? [String: Any] {
      for (key, value) in ["filter": "area", "layout": "nchw"] where input[key] == nil { input[key] = value }
      object["input"] = input
    }

    var files = entries ?? []
    guard entries != nil || object["files"] == nil else { return }
    func has(_ role: String) -> Bool { files.contains { $0["role"] as? String == role } }
    if !has("network") { files.append(["name": file, "role": "network"]) }
    let config = ["caffe": "prototxt", "darknet": "cfg"][object["format"] as? String ?? ""].map { "\(stem).\($0)" }
    if !has("config"), let config, FileSystem.size("\(folder)/\(config)") != nil {
      files.append(["name": config, "role": "config"])
    }
    if let labels = (object["labels"] as? [String: Any])?["file"] as? String, !has("labels") {
      files.append(["name": labels, "role": "labels"])
    }
    object["files"] = files
  }

  private static func isMissing(_ reference: String) -> SetupError {
    SetupError("network \(reference) does not exist\nName a file, or a model of the list: imgrec models list")
  }

  private static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
  }

  private static func cardIsMissing(_ reference: String, origin: String, _ task: TaskKind?) -> String {
    let problem = "card \(origin), which describes the input of \(reference), does not exist"
    if task == .upscale {
      return """
        \(problem)
        Name it with --card, or write it:
        \(EmbeddedFile.text("upscale_example.json"))\
        A tile has at most width x height pixels; overlap is the radius of the network's receptive field. A sample x
        from 0 to 255 becomes (x - mean) * scale. "channels": "grey" is for a network that takes luminance only.
        """
    }
    return """
      \(problem)
      Name it with --card, give --head yolov8 (or another kind that needs no card), or write it:
      \(EmbeddedFile.text("classify_example.json"))\
      A sample x from 0 to 255 becomes (x - mean) * scale.
      "imgrec models info efficientnet_lite0 --json" prints a complete card.
      """
  }
}
