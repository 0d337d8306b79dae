/// The interpretation of a network's outputs, as its card states it.
public struct HeadSpec: Sendable, Codable, Hashable {
  public var kind: Kind
  /// `yolox`: the strides of its grids; nil: 8, 16, 32.
  public var strides: [Int]?
  /// `ssd`: class number of the first label; nil: 0. Networks that count the background begin at 1.
  public var firstClass: Int?
  /// `ssd`: the only class of its detections, which records do not repeat (faces, plates).
  public var unlabelled: Bool?
  /// `vector`: whether it is normalised to length 1; nil: yes.
  public var normalise: Bool?
  /// `vector`: whether it is the mean of those of the picture's four orientations, the same for a turned copy; nil: no.
  public var allOrientations: Bool?
  /// `ctc_planes`: number of steps at the beginning without meaning; nil: 0.
  public var skip: Int?

  /// `upscale` only: scale and context of the network.
  public var upscale: UpscaleSpec?

  enum CodingKeys: String, CodingKey {
    case kind, strides, unlabelled, normalise, skip, upscale
    case firstClass = "first_class"
    case allOrientations = "all_orientations"
  }

  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// (n, classes) logits.
    case softmax
    /// (n, classes) probabilities.
    case probabilities
    /// YuNet's twelve outputs: cls, obj, bbox and kps at strides 8, 16 and 32.
    case yunet
    /// CenterFace's four maps: heat map, scale, offset, landmarks.
    case centerface
    /// (k, 5) boxes of one image: x, y, width, height in slot pixels, score. The output of cascades.
    case boxes
    /// (n, cells, 5 + classes) on the grids of `strides`: centre and size in cells, objectness, classes.
    case yolox
    /// (n, cells, 5 + classes): centre and size in slot pixels, objectness, classes.
    case yolov5
    /// (n, 4 + classes, cells) of YOLOv8 and 11: centre and size in slot pixels, classes.
    case yolov8
    /// (cells, 5 + classes) per output: centre and size as fractions of the slot, objectness, classes times objectness.
    case darknet
    /// (1, 1, k, 7) rows: image, class, score, left, top, right, bottom as fractions of the slot.
    case ssd
    /// (n, 1, h, w) saliency map.
    case salient
    /// (n, h, w, classes) logits of each pixel, the background first.
    case semantic
    /// (n, length) embedding.
    case vector
    /// (n, 1, h, w) probability that a pixel belongs to a line of text.
    case textmap
    /// (n, steps, 1 + characters) character probabilities, the blank first.
    case ctc
    /// (n, steps, 1 + characters) logits, the blank first.
    case ctcLogits = "ctc_logits"
    /// (n, characters + 1, steps, 1) character probabilities, the blank last.
    case ctcPlanes = "ctc_planes"
    /// (n, 1, h / 4, w / 4) scores and (n, 5, h / 4, w / 4) distances to the four sides, and the angle.
    case east
    /// Measures computed without a network.
    case measures
    /// Bar codes and matrix codes, read without a network (`CodesHead`).
    case codes
    /// (n, c, s * h, s * w) or (n, s * h, s * w, c) samples in the units of the input.
    case upscale
  }

  /// The kind of the findings that the head interprets.
  public var answers: FindingsKind {
    switch kind {
    case .softmax, .probabilities, .ctc, .ctcLogits, .ctcPlanes: .labels
    case .yunet, .centerface, .boxes, .yolox, .yolov5, .yolov8, .darknet, .ssd, .textmap, .east: .detections
    case .salient, .semantic: .segments
    case .vector: .embedding
    case .measures: .measures
    case .codes: .codes
    case .upscale: .upscaled
    }
  }

  /// Whether overlapping findings are suppressed, by a threshold that the user may set.
  public var suppresses: Bool {
    switch kind {
    case .yunet, .centerface, .yolox, .yolov5, .yolov8, .darknet, .ssd, .east: true
    case .softmax, .probabilities, .boxes, .salient, .semantic, .vector, .textmap, .ctc, .ctcLogits, .ctcPlanes,
      .measures, .codes, .upscale:
      false
    }
  }

  public init(kind: Kind, upscale: UpscaleSpec? = nil) {
    self.kind = kind
    self.upscale = upscale
  }
}

extension HeadSpec {
  /// Interprets image `index` of `outputs`.
  ///
  /// Throws `unexpectedOutput` if the outputs do not have the head's shape.
  public func findings(
    in outputs: Outputs, image index: Int, transform: InputTransform, labels: [String], thresholds: Thresholds
  ) throws(Failure) -> Findings {
    func boxes(_ head: (HeadInput) throws(Failure) -> BoxCandidates) throws(Failure) -> Findings {
      let image = HeadInput(
        outputs: outputs, index: index, transform: transform, labels: labels, thresholds: thresholds)
      return .detections(try head(image).suppressed(in: image))
    }
    switch kind {
    case .softmax, .probabilities:
      return .labels(
        try ClassHead.labels(
          in: outputs, image: index, logits: kind == .softmax, labels: labels, thresholds: thresholds))
    case .yunet:
      return .detections(try YuNetHead.faces(in: outputs, image: index, transform: transform, thresholds: thresholds))
    case .centerface: return try boxes { image throws(Failure) in try CenterFaceHead.candidates(in: image) }
    case .boxes:
      return .detections(try CascadeHead.detections(in: outputs, transform: transform, thresholds: thresholds))
    case .yolox:
      let strides = self.strides ?? [8, 16, 32]
      return try boxes { image throws(Failure) in try YOLOHeads.yolox(in: image, strides: strides) }
    case .yolov5: return try boxes { image throws(Failure) in try YOLOHeads.yolov5(in: image) }
    case .yolov8: return try boxes { image throws(Failure) in try YOLOHeads.yolov8(in: image) }
    case .darknet: return try boxes { image throws(Failure) in try YOLOHeads.darknet(in: image) }
    case .ssd: return try boxes { image throws(Failure) in try SSDHead.candidates(in: image, spec: self) }
    case .salient:
      return .segments(
        try SalientHead.segments(in: outputs, image: index, transform: transform, thresholds: thresholds))
    case .semantic:
      return .segments(
        try SemanticHead.segments(
          in: outputs, image: index, transform: transform, labels: labels, thresholds: thresholds))
    case .vector:
      return .embedding(try EmbeddingHead.vector(in: outputs, image: index, normalise: normalise ?? true))
    case .textmap:
      return .detections(try TextMapHead.lines(in: outputs, image: index, transform: transform, thresholds: thresholds))
    case .ctc, .ctcLogits:
      return .labels(
        try CTCHead.text(in: outputs, image: index, logits: kind == .ctcLogits, characters: labels))
    case .ctcPlanes:
      return .labels(try CTCHead.planes(in: outputs, image: index, characters: labels, skipped: skip ?? 0))
    case .east:
      return .detections(try EASTHead.lines(in: outputs, image: index, transform: transform, thresholds: thresholds))
    case .measures: return .measures(try MeasureHead.measures(in: outputs))
    case .codes: return .codes(try CodesHead.codes(in: outputs, transform: transform))
    case .upscale: return .upscaled(try UpscaleHead.probe(in: outputs, transform: transform, spec: upscale))
    }
  }
}
