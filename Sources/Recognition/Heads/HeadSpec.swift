/// How a network's outputs are read, as the card says it.
public struct HeadSpec: Sendable, Codable, Hashable {
  public var kind: Kind
  /// `upscale` only: what the network makes of a picture.
  public var upscale: UpscaleSpec?

  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// (n, classes) logits.
    case softmax
    /// (n, classes) probabilities.
    case probabilities
    /// YuNet's twelve outputs: cls, obj, bbox and kps at strides 8, 16 and 32.
    case yunet
    /// (k, 5) boxes of one image: x, y, width, height in slot pixels, score. What cascades give.
    case boxes
    /// (n, c, s * h, s * w) or (n, s * h, s * w, c) samples in the input's own units.
    case upscale
  }

  public init(kind: Kind, upscale: UpscaleSpec? = nil) {
    self.kind = kind
    self.upscale = upscale
  }
}

/// What the user asked of the answers, the card's defaults filled in.
public struct Thresholds: Sendable, Hashable {
  /// Classes told, at most.
  public var top: Int
  public var minConfidence: Float
  /// Overlap above which the weaker of two boxes goes.
  public var iou: Float

  public init(top: Int = 5, minConfidence: Float = 0, iou: Float = 0.45) {
    self.top = top
    self.minConfidence = minConfidence
    self.iou = iou
  }

  public init(card: ModelCard, top: Int? = nil, minConfidence: Float? = nil, iou: Float? = nil) {
    self.init(
      top: top ?? card.defaults?.top ?? 5, minConfidence: minConfidence ?? card.defaults?.minConfidence ?? 0,
      iou: iou ?? card.defaults?.iou ?? 0.45)
  }
}

extension HeadSpec {
  /// Reads image `index` out of `outputs`.
  ///
  /// Throws `unexpectedOutput` where the outputs are not of the shape that the head knows.
  public func findings(
    in outputs: Outputs, image index: Int, view: View, labels: [String], thresholds: Thresholds
  ) throws(Failure) -> Findings {
    switch kind {
    case .softmax, .probabilities:
      .labels(
        try ClassHead.labels(
          in: outputs, image: index, logits: kind == .softmax, labels: labels, thresholds: thresholds))
    case .yunet: .detections(try YuNetHead.faces(in: outputs, image: index, view: view, thresholds: thresholds))
    case .upscale: .upscaled(try UpscaleHead.probe(in: outputs, view: view, spec: upscale))
    case .boxes: .detections(try BoxHead.detections(in: outputs, view: view, thresholds: thresholds))
    }
  }
}
