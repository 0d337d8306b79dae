import Platform

/// YuNet (Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023), decoded as OpenCV's FaceDetectorYN does:
/// for each stride 8, 16, 32 the outputs cls, obj (cells, 1), bbox (cells, 4) and kps (cells, 10).
enum YuNetHead {
  private static let strides = [8, 16, 32]

  static func faces(in outputs: Outputs, image index: Int, transform: InputTransform, thresholds: Thresholds)
    throws(Failure)
    -> [Detection]
  {
    guard outputs.tensors.count == 12 else {
      throw Failure(.interpret, .unexpectedOutput, "YuNet has 12 outputs, the network gave \(outputs.tensors.count)")
    }
    var found = BoxCandidates()
    for (level, stride) in strides.enumerated() {
      let columns = transform.slot.width / stride
      let rows = transform.slot.height / stride
      let part = { (group: Int) in outputs.tensors[group * 3 + level].image(index, of: outputs.count) }
      let (cls, obj, bbox, kps) = (part(0), part(1), part(2), part(3))
      guard cls.count == rows * columns, obj.count == cls.count, bbox.count == 4 * cls.count,
        kps.count == 10 * cls.count
      else {
        throw Failure(
          .interpret, .unexpectedOutput,
          "YuNet's outputs at stride \(stride) do not fit \(transform.slot.width)x\(transform.slot.height)")
      }
      try OutputCheck.finite(cls, "a score")
      try OutputCheck.finite(obj, "a score")
      let step = Float(stride)
      for cell in cls.indices {
        let score = (clamp(cls[cell]) * clamp(obj[cell])).squareRoot()
        guard score >= thresholds.minConfidence else { continue }
        _ = try OutputCheck.probability(max(cls[cell], obj[cell]))
        let column = Float(cell % columns)
        let row = Float(cell / columns)
        let cx = (column + bbox[4 * cell]) * step
        let cy = (row + bbox[4 * cell + 1]) * step
        let w = expf(bbox[4 * cell + 2]) * step
        let h = expf(bbox[4 * cell + 3]) * step
        let landmarks = (0..<5).map { n in
          Point(x: (kps[10 * cell + 2 * n] + column) * step, y: (kps[10 * cell + 2 * n + 1] + row) * step)
        }
        try found.add(
          .init(
            box: Box(x: cx - w / 2, y: cy - h / 2, width: w, height: h), score: score, id: nil, landmarks: landmarks))
      }
    }
    let kept = NonMaximumSuppression.apply(found.all, score: \.score, maxCompared: .max, maxKept: .max) {
      kept, weaker in
      kept.box.iou(weaker.box) > thresholds.iou
    }
    return kept.map { face in
      Detection(
        score: face.score, box: transform.imageBox(face.box),
        landmarks: face.landmarks.map { transform.imagePoint(x: $0.x, y: $0.y) })
    }
  }

  private static func clamp(_ value: Float) -> Float { min(max(value, 0), 1) }
}
