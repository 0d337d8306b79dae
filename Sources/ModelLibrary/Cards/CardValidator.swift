import Platform
import Recognition

/// Checks the constraints on a card that decoding does not enforce.
enum CardValidator {
  /// Throws one `SetupError` that lists all problems. `pinned`: every file must have a digest, a size and a source.
  static func check(_ card: ModelCard, origin: String, pinned: Bool) throws(SetupError) {
    let problems =
      identity(card) + files(card, pinned: pinned) + input(card.input) + answers(card) + labels(card) + numbers(card)
    guard problems.isEmpty else { throw SetupError("\(origin): \(problems.joined(separator: "\n\(origin): "))") }
  }

  private static func identity(_ card: ModelCard) -> [String] {
    var problems: [String] = []
    let plain = card.name.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "_-.".utf8.contains(byte)
    }
    // The name becomes a folder of the store and a part of every record.
    if card.name.isEmpty || !plain || card.name.hasPrefix(".") {
      problems.append("name: letters, digits, \"_\", \"-\" and \".\" are expected, not \"\(card.name)\"")
    }
    if card.engines.isEmpty { problems.append("engines: at least one is needed") }
    if Set(card.engines).count < card.engines.count { problems.append("engines: one is named twice") }
    for (vendor, engines) in (card.enginesByVendor ?? [:]).sorted(by: { $0.key < $1.key })
    where engines.count != card.engines.count || Set(engines) != Set(card.engines) {
      problems.append("engines_by_vendor.\(vendor): the same engines are expected, in another order")
    }
    return problems
  }

  private static func files(_ card: ModelCard, pinned: Bool) -> [String] {
    var problems: [String] = []
    if card.format == .computed {
      if !card.files.isEmpty { problems.append("files: a computed model has none") }
    } else if card.files.filter({ $0.role == .network }).count != 1 {
      problems.append("files: exactly one of role network is needed")
    }
    if Set(card.files.map(\.name)).count < card.files.count { problems.append("files: two have the same name") }
    let needsConfig = card.format == .caffe || card.format == .darknet
    if needsConfig, !card.files.contains(where: { $0.role == .config }) {
      problems.append("files: \(card.format.rawValue) needs a file of role config too")
    }
    let pair = [ModelCard.File.Role.text, .tokenizer].map { role in card.files.count { $0.role == role } }
    if pair != [0, 0], pair != [1, 1] || card.head.kind != .vector {
      problems.append("files: one of role text and one of role tokenizer belong together, beside the head vector")
    }
    for (index, file) in card.files.enumerated() {
      let path = "files[\(index)]"
      if file.name.isEmpty || (pinned && (file.name.contains("/") || file.name.hasPrefix("."))) {
        problems.append("\(path).name: a plain file name is expected")
      }
      if let digest = file.sha256, digest.utf8.count != 64 || !digest.allSatisfy({ "0123456789abcdef".contains($0) }) {
        problems.append("\(path).sha256: 64 lower-case hexadecimal digits are expected")
      }
      if let bytes = file.bytes, bytes <= 0 { problems.append("\(path).bytes: more than 0 is expected") }
      if pinned, file.sha256 == nil || file.bytes == nil || file.source == nil {
        problems.append("\(path): sha256, bytes and source are needed")
      }
      if let source = file.source { problems += self.source(source, path: "\(path).source") }
    }
    return problems
  }

  private static func source(_ source: ModelCard.Source, path: String) -> [String] {
    var problems: [String] = []
    if [source.pip, source.url, source.path, source.embedded].count(where: { $0 != nil }) != 1 {
      problems.append("\(path): exactly one of pip, url, path and embedded is needed")
    }
    if let pip = source.pip {
      // A leading dash would be an option to pip.
      if !pip.contains("==") || pip.hasPrefix("-") { problems.append("\(path).pip: name==version is expected") }
      let parts = source.member?.split(separator: "/", omittingEmptySubsequences: false) ?? []
      if parts.isEmpty || parts.contains("") || parts.contains("..") {
        problems.append("\(path).member: a path inside the archive is expected")
      }
    }
    if let url = source.url, !["https://", "file://"].contains(where: url.hasPrefix) {
      problems.append("\(path).url: https or file is expected")
    }
    if let file = source.path, !file.hasPrefix("/") { problems.append("\(path).path: an absolute path is expected") }
    return problems
  }

  private static func input(_ input: InputSpec) -> [String] {
    var problems: [String] = []
    let sides = 1...16384
    if !sides.contains(input.width) { problems.append("input.width: 1 to 16384 is expected") }
    if !sides.contains(input.height) { problems.append("input.height: 1 to 16384 is expected") }
    let channels = input.channels.count
    for (key, values) in [("mean", input.mean), ("scale", input.scale)] {
      if values.count != channels {
        problems.append(
          "input.\(key): \(channels) number\(channels == 1 ? " is" : "s are") expected for \(input.channels.rawValue), "
            + "not \(values.count)")
      }
      if !values.allSatisfy(\.isFinite) { problems.append("input.\(key): finite numbers are expected") }
    }
    if input.scale.contains(0) { problems.append("input.scale: 0 would make every sample 0") }
    if let quality = input.jpegQuality {
      if !(1...100).contains(quality) { problems.append("input.jpeg_quality: 1 to 100 is expected") }
      if !input.hasFixedShape { problems.append("input.jpeg_quality: inputs of one shape have it") }
    }
    if let multiple = input.resize.multiple, !(1...4096).contains(multiple) {
      problems.append("input.resize.multiple: 1 to 4096 is expected")
    }
    if let margin = input.resize.margin {
      if !(0...4096).contains(margin) { problems.append("input.resize.margin: 0 to 4096 is expected") }
      if !input.isTrimmed { problems.append("input.resize.margin: a letterbox with a multiple has one") }
    }
    if let factor = input.resize.condensed, !(0.25...1).contains(factor) {
      problems.append("input.resize.condensed: 0.25 to 1 is expected")
    }
    if let side = input.resize.side {
      if !sides.contains(side) { problems.append("input.resize.side: 1 to 16384 is expected") }
      let crops = input.resize.rule == .shortSide || input.resize.rule == .stretch
      if crops, side < max(input.width, input.height) {
        problems.append("input.resize.side: at least width and height are expected, which are cropped from it")
      }
    }
    if let overview = input.resize.overview {
      let multiple = input.resize.multiple ?? 1
      if input.resize.rule != .fit { problems.append("input.resize.overview: only the rule fit has one") }
      if !sides.contains(overview) || multiple > 0 && !overview.isMultiple(of: multiple) {
        problems.append("input.resize.overview: 1 to 16384 and a multiple of \(multiple) is expected")
      }
    }
    return problems
  }

  private static func answers(_ card: ModelCard) -> [String] {
    var problems: [String] = []
    if card.head.answers == .upscaled { problems += upscale(card) }
    if card.head.kind == .yunet, let outputs = card.outputs, outputs.count != 12 {
      problems.append("outputs: yunet needs twelve")
    }
    if let strides = card.head.strides, strides.isEmpty || !strides.allSatisfy({ (1...16384).contains($0) }) {
      problems.append("head.strides: numbers from 1 to 16384 are expected")
    }
    if let skip = card.head.skip, !(0...16384).contains(skip) { problems.append("head.skip: 0 to 16384 is expected") }
    if let first = card.head.firstClass, !(0...1_000_000).contains(first) {
      problems.append("head.first_class: 0 to 1000000 is expected")
    }
    if card.head.allOrientations == true {
      if card.head.kind != .vector { problems.append("head.all_orientations: only a vector has them") }
      if card.input.width != card.input.height { problems.append("head.all_orientations: the input must be square") }
    }
    if card.format == .computed, card.head.kind != .codes, card.head.kind != .measures || card.outputs == nil {
      problems.append("head.kind: codes is expected, or measures, and outputs must name them")
    }
    if card.head.answers != card.step?.answer ?? card.task.findingsKind {
      problems.append(
        "head.kind: \(card.head.kind.rawValue) does not match \(card.step?.rawValue ?? card.task.rawValue)")
    }
    if card.input.isTrimmed, ![.yolox, .yolov5, .yolov8].contains(card.head.kind) {
      problems.append("input.resize.multiple: a letterbox has it for the heads yolox, yolov5 and yolov8")
    }
    if card.step != nil, card.input.jpegQuality != nil {
      problems.append("input.jpeg_quality: crops of detections do not have it")
    }
    if card.outputs?.isEmpty == true { problems.append("outputs: omit the key to read all") }
    if card.format == .cascade {
      if card.head.kind != .boxes { problems.append("head.kind: a cascade returns boxes") }
      if card.input.channels != .grey { problems.append("input.channels: a cascade needs grey") }
    }
    return problems
  }

  private static func upscale(_ card: ModelCard) -> [String] {
    var problems: [String] = []
    guard let spec = card.head.upscale else { return ["head.upscale: scale and overlap are needed"] }
    if !(1...8).contains(spec.scale) { problems.append("head.upscale.scale: 1 to 8 is expected") }
    if !(0...1024).contains(spec.overlap) { problems.append("head.upscale.overlap: 0 to 1024 is expected") }
    // A tile of the card's size must have a core between its overlaps.
    if min(card.input.width, card.input.height) <= 2 * spec.overlap {
      problems.append("input: width and height are the tile's, and more than twice head.upscale.overlap is expected")
    }
    if card.input.resize.rule != .native, card.input.resize.rule != .stretch || card.input.resize.side != nil {
      problems.append("input.resize.rule: native is expected, or stretch for a network of one size")
    }
    return problems
  }

  private static func labels(_ card: ModelCard) -> [String] {
    guard let labels = card.labels else { return [] }
    guard (labels.file == nil) != (labels.names == nil) else { return ["labels: either file or names is needed"] }
    if labels.names?.isEmpty == true { return ["labels.names: at least one is needed"] }
    guard let file = labels.file else { return [] }
    var problems: [String] = []
    if labels.form == nil { problems.append("labels.form is missing") }
    let role: ModelCard.File.Role = labels.form == .onnxMetadata ? .network : .labels
    if !card.files.contains(where: { $0.name == file && $0.role == role }) {
      problems.append("labels.file: \"\(file)\" is not among the files of role \(role.rawValue)")
    }
    return problems
  }

  private static func numbers(_ card: ModelCard) -> [String] {
    var problems: [String] = []
    if let top = card.defaults?.top, top < 1 { problems.append("defaults.top: at least 1 is expected") }
    if let minimum = card.defaults?.minConfidence, !(0...1).contains(minimum) {
      problems.append("defaults.min_confidence: 0 to 1 is expected")
    }
    if let iou = card.defaults?.iou, !(0...1).contains(iou) { problems.append("defaults.iou: 0 to 1 is expected") }
    if let maximum = card.maxBatch, maximum < 1 { problems.append("max_batch: at least 1 is expected") }
    if let bytes = card.workspace, !(1...100_000).contains(bytes) {
      problems.append("workspace: 1 to 100000 is expected")
    }
    for (index, figure) in (card.precisions ?? []).enumerated() {
      if !(0...1).contains(figure.agreement) { problems.append("precisions[\(index)].agreement: 0 to 1 is expected") }
      if !(figure.speedup > 0 && figure.speedup.isFinite) {
        problems.append("precisions[\(index)].speedup: more than 0 is expected")
      }
      if !card.engines.contains(figure.engine) {
        problems.append("precisions[\(index)].engine: \(figure.engine.rawValue) is not among the engines")
      }
    }
    return problems
  }
}
