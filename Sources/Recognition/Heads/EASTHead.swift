import Platform

/// Words and lines at any angle (Zhou et al., "EAST: An Efficient and Accurate Scene Text Detector", 2017), decoded as
/// OpenCV's TextDetectionModel_EAST does: for each cell of four pixels a score, the distances to the four sides, and the
/// angle; then non-maximum suppression.
enum EASTHead {
  private static let stride = 4
  /// A rectangle at an angle, in slot pixels.
  private struct RotatedBox {
    /// Clockwise from the start of reading.
    var corners: [Point]
    var score: Float
    var area: Float
    var bounds: Box
  }

  static func lines(in outputs: Outputs, image index: Int, transform: InputTransform, thresholds: Thresholds)
    throws(Failure)
    -> [Detection]
  {
    let (columns, rows) = (transform.slot.width / stride, transform.slot.height / stride)
    let cells = columns * rows
    guard outputs.tensors.count == 2, outputs.tensors[0].values.count == outputs.count * cells,
      outputs.tensors[1].values.count == 5 * outputs.count * cells
    else {
      throw Failure(
        .interpret, .unexpectedOutput,
        "EAST gives maps of \(columns)x\(rows) at \(transform.slot.width)x\(transform.slot.height), the network gave "
          + "\(outputs.tensors.map(\.shape))")
    }
    let scores = outputs.tensors[0].image(index, of: outputs.count)
    let geometry = outputs.tensors[1].image(index, of: outputs.count)
    try OutputCheck.finite(scores, "a score")
    var found: [RotatedBox] = []
    for cell in 0..<cells where scores[cell] >= thresholds.minConfidence {
      let origin = Point(x: Float(cell % columns * stride), y: Float(cell / columns * stride))
      let score = try OutputCheck.probability(scores[cell])
      let rotatedBox = try rotatedBox(geometry, cell, of: cells, at: origin, score: score)
      if let rotatedBox { found.append(rotatedBox) }
    }
    let kept = NonMaximumSuppression.apply(found, score: \.score) { iou($0, $1) > thresholds.iou }
    return TextMapHead.inReadingOrder(kept.map { detection($0, transform) })
  }

  private static func rotatedBox(
    _ geometry: UnsafeBufferPointer<Float>, _ cell: Int, of cells: Int, at origin: Point, score: Float
  ) throws(Failure) -> RotatedBox? {
    let (top, right, bottom, left) = (
      geometry[cell], geometry[cells + cell], geometry[2 * cells + cell], geometry[3 * cells + cell]
    )
    let angle = geometry[4 * cells + cell]
    let (width, height) = (right + left, top + bottom)
    // Distances that are no lengths in pixels would overflow where areas are compared.
    for value in [top, right, bottom, left, angle] {
      guard abs(value) <= OutputCheck.maxCoordinate else { throw OutputCheck.unexpected("a distance", value) }
    }
    guard width > 0, height > 0 else { return nil }
    let (c, s) = (cosf(angle), sinf(angle))
    let end = Point(x: origin.x + c * right + s * bottom, y: origin.y - s * right + c * bottom)
    let corners = [
      Point(x: end.x - c * width - s * height, y: end.y + s * width - c * height),
      Point(x: end.x - s * height, y: end.y - c * height), end, Point(x: end.x - c * width, y: end.y + s * width),
    ]
    return RotatedBox(corners: corners, score: score, area: width * height, bounds: bounds(corners))
  }

  private static func detection(_ rotatedBox: RotatedBox, _ transform: InputTransform) -> Detection {
    let quad = rotatedBox.corners.map { corner in
      let point = transform.imagePoint(x: corner.x, y: corner.y)
      return Point(
        x: min(max(point.x, 0), Float(transform.image.width)), y: min(max(point.y, 0), Float(transform.image.height)))
    }
    return Detection(score: rotatedBox.score, box: bounds(quad), quad: quad)
  }

  private static func bounds(_ corners: [Point]) -> Box {
    var (left, top, right, bottom) = (corners[0].x, corners[0].y, corners[0].x, corners[0].y)
    for corner in corners.dropFirst() {
      (left, right) = (min(left, corner.x), max(right, corner.x))
      (top, bottom) = (min(top, corner.y), max(bottom, corner.y))
    }
    return Box(left: left, top: top, right: right, bottom: bottom)
  }

  private static func iou(_ a: RotatedBox, _ b: RotatedBox) -> Float {
    guard a.bounds.iou(b.bounds) > 0 else { return 0 }
    let both = area(intersection(a.corners, b.corners))
    return both / max(a.area + b.area - both, .leastNormalMagnitude)
  }

  /// Convex polygons (Sutherland and Hodgman, "Reentrant polygon clipping", 1974).
  private static func intersection(_ subject: [Point], _ clip: [Point]) -> [Point] {
    var result = subject
    for (index, a) in clip.enumerated() where !result.isEmpty {
      let b = clip[(index + 1) % clip.count]
      let side = { (p: Point) in (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x) }
      let polygon = result
      result = []
      for (n, p) in polygon.enumerated() {
        let q = polygon[(n + 1) % polygon.count]
        let (sp, sq) = (side(p), side(q))
        if sp >= 0 { result.append(p) }
        if (sp >= 0) != (sq >= 0) {
          let t = sp / (sp - sq)
          result.append(Point(x: p.x + t * (q.x - p.x), y: p.y + t * (q.y - p.y)))
        }
      }
    }
    return result
  }

  private static func area(_ polygon: [Point]) -> Float {
    var sum: Float = 0
    for (n, p) in polygon.enumerated() {
      let q = polygon[(n + 1) % polygon.count]
      sum += p.x * q.y - q.x * p.y
    }
    return abs(sum) / 2
  }
}
