/// Lines of text out of a probability map (Liao et al., "Real-time Scene Text Detection with Differentiable
/// Binarization", 2020), as RapidOCR does: binarised, grown by a pixel, a rectangle of least area around each piece,
/// widened by the shrinkage of training. Lines are ordered from the top to the bottom, then from the left to the right.
enum TextMapHead {
  /// RapidOCR's thresh, unclip_ratio and min_size.
  static let binary: Float = 0.3
  private static let unclip: Float = 1.6
  private static let minSide: Float = 3
  private static let maxLines = 1000
  /// Pixels of the map for each further one: a newspaper has more.
  private static let pixelsPerLine = 2000

  static func lines(in outputs: Outputs, image index: Int, transform: InputTransform, thresholds: Thresholds)
    throws(Failure)
    -> [Detection]
  {
    let (width, height) = (transform.slot.width, transform.slot.height)
    guard let tensor = outputs.tensors.first, tensor.values.count == outputs.count * width * height else {
      throw Failure(
        .interpret, .unexpectedOutput,
        "a map of \(width)x\(height) is expected, the network gave \(outputs.tensors.first?.shape ?? [])")
    }
    let map = tensor.image(index, of: outputs.count)
    try OutputCheck.finite(map, "a pixel of its map")
    return inReadingOrder(
      try lines(on: map, binary: binary, unit: 1, transform: transform, minScore: thresholds.minConfidence))
  }

  /// The lines on a map of samples that are probabilities times `unit`, in no order.
  static func lines<Sample: Comparable & DoubleConvertible>(
    on map: UnsafeBufferPointer<Sample>, binary: Sample, unit: Double, transform: InputTransform, minScore: Float
  ) throws(Failure) -> [Detection] {
    let (width, height) = (transform.slot.width, transform.slot.height)
    var found: [Detection] = []
    let most = max(maxLines, width * height / pixelsPerLine)
    for piece in TextPieces(of: map, width: width, height: height, above: binary).all {
      // Counted are lines, not pieces: an empty page gives thousands of pieces of a pixel or two.
      guard found.count < most else { break }
      guard let tight = Rectangle(around: piece), min(tight.width, tight.height) >= minSide else { continue }
      let score = mean(map, width, height, unit: unit, inside: tight.corners)
      guard score >= minScore else { continue }
      // The offset of a polygon by d with round corners has the rectangle wider by d on each side.
      let grown = tight.grown(by: tight.width * tight.height * unclip / (2 * (tight.width + tight.height)))
      guard min(grown.width, grown.height) >= minSide + 2 else { continue }
      let quad = clockwise(
        grown.corners.map { corner in
          let point = transform.imagePoint(x: corner.x, y: corner.y)
          return Point(
            x: min(max(point.x.rounded(), 0), Float(transform.image.width - 1)),
            y: min(max(point.y.rounded(), 0), Float(transform.image.height - 1)))
        })
      guard quad[0].distance(to: quad[1]) > 3, quad[0].distance(to: quad[3]) > 3 else { continue }
      found.append(Detection(score: try OutputCheck.probability(score), box: Box(around: quad), quad: quad))
    }
    return found
  }

  /// Mean of the map over the pixels of a rectangle, its corners truncated to whole numbers, its edges included.
  private static func mean<Sample: DoubleConvertible>(
    _ map: UnsafeBufferPointer<Sample>, _ width: Int, _ height: Int, unit: Double, inside corners: [Point]
  ) -> Float {
    let x = corners.map { Int(min(max($0.x, 0), Float(width - 1))) }
    let y = corners.map { Int(min(max($0.y, 0), Float(height - 1))) }
    var (sum, count) = (0.0, 0)
    for py in y.min()!...y.max()! {
      for px in x.min()!...x.max()! {
        var (left, right) = (false, false)
        for a in 0..<4 {
          let b = (a + 1) % 4
          let side = (x[b] - x[a]) * (py - y[a]) - (y[b] - y[a]) * (px - x[a])
          if side > 0 { right = true } else if side < 0 { left = true }
        }
        guard !(left && right) else { continue }
        sum += map[py * width + px].double
        count += 1
      }
    }
    return count > 0 ? Float(sum / Double(count) / unit) : 0
  }

  /// Corners from the upper left on, in PaddleOCR's order.
  private static func clockwise(_ corners: [Point]) -> [Point] {
    let sorted = corners.sorted { $0.x < $1.x }
    let left = sorted[..<2].sorted { $0.y < $1.y }
    let right = sorted[2...].sorted { $0.y < $1.y }
    return [left[0], right[0], right[1], left[1]]
  }

  /// Lines whose tops differ by less than 10 pixels (PaddleOCR) or half their height are in one row.
  static func inReadingOrder(_ lines: [Detection]) -> [Detection] {
    var lines = lines.sorted { ($0.quad[0].y, $0.quad[0].x) < ($1.quad[0].y, $1.quad[0].x) }
    for last in lines.indices.dropLast() {
      for index in stride(from: last, through: 0, by: -1) {
        let (a, b) = (lines[index].quad[0], lines[index + 1].quad[0])
        let near = max(10, min(height(lines[index]), height(lines[index + 1])) / 2)
        guard abs(a.y - b.y) < near, b.x < a.x else { break }
        lines.swapAt(index, index + 1)
      }
    }
    return lines
  }

  private static func height(_ line: Detection) -> Float {
    min(line.quad[0].distance(to: line.quad[3]), line.box.height)
  }
}
