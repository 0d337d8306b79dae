/// Crops of plates for HyperLPR's networks (hyperlpr 0.0.2: loose_crop, to_refine, affine_crop).
enum PlateCrop {
  /// Aspect ratio of the corner network's input, and the factor by which it is wider than the box.
  private static let aspect = 2.5
  private static let padding = 1.7

  /// The box with a wide margin; once corners are known, the plate rectified by them.
  static func forCorners(of detection: Detection, input: InputSpec) -> Crop? {
    if detection.landmarks.count == 4 { return upright(detection.landmarks, input: input) }
    let (left, top) = (Int(detection.box.x), Int(detection.box.y))
    let (right, bottom) = (Int(detection.box.x + detection.box.width), Int(detection.box.y + detection.box.height))
    guard right > left, bottom > top else { return nil }
    var (width, height): (Int, Int)
    if Double(right - left) / Double(bottom - top) > aspect {
      width = Int(Double(right - left) * padding)
      height = Int(Double(width) / aspect)
    } else {
      height = Int(Double(bottom - top) * padding)
      width = Int(Double(height) * aspect)
    }
    (width, height) = (width / 2 * 2, height / 2 * 2)
    guard width > 0, height > 0 else { return nil }
    let origin = (x: Double((left + right) / 2 - width / 2), y: Double((top + bottom) / 2 - height / 2))
    return Crop(
      size: PixelSize(width: width, height: height), toImage: .scale(1, 1, by: origin), input: input,
      repeatsEdge: true)
  }

  /// The affine view of 360 x 144 in which the corners are closest to those of (96, 36) to (288, 108).
  private static func upright(_ corners: [Point], input: InputSpec) -> Crop? {
    let x = corners.map { Double($0.x) - 0.5 }
    let y = corners.map { Double($0.y) - 0.5 }
    // Around their middle the rectangle's corners are (+-96, +-36): least squares are sums.
    let centre = (x: x.reduce(0, +) / 4, y: y.reduce(0, +) / 4)
    let along = (x: (x[1] + x[2] - x[0] - x[3]) / 384, y: (y[1] + y[2] - y[0] - y[3]) / 384)
    let across = (x: (x[2] + x[3] - x[0] - x[1]) / 144, y: (y[2] + y[3] - y[0] - y[1]) / 144)
    guard abs(along.x * across.y - along.y * across.x) > 1e-6 else { return nil }
    let map = Homography([
      along.x, across.x, centre.x - 192 * along.x - 72 * across.x,
      along.y, across.y, centre.y - 192 * along.y - 72 * across.y, 0, 0, 1,
    ])
    return Crop(size: PixelSize(width: 360, height: 144), toImage: map, input: input, repeatsEdge: true)
  }

  /// Eight numbers, x and y as fractions of the crop, clockwise from the upper left corner.
  static func corners(_ values: [Float], in crop: Crop) -> [Point] {
    stride(from: 0, to: 8, by: 2).map { index in
      let point = crop.toImage.apply(
        Double(values[index]) * Double(crop.transform.slot.width) - 0.5,
        Double(values[index + 1]) * Double(crop.transform.slot.height) - 0.5)
      return Point(x: Float(point.x + 0.5), y: Float(point.y + 0.5))
    }
  }

  /// The plate of 136 x 36, transposed; with `margin`, and that part of its width on the left and on the right of it.
  static func forReading(_ detection: Detection, input: InputSpec, margin: Float = 0) -> Crop? {
    guard detection.landmarks.count == 4 else { return nil }
    let corners = detection.landmarks.map { Point(x: $0.x - 0.5, y: $0.y - 0.5) }
    // Clockwise from the upper left: each corner moves away from the other one of its long side.
    let moved = zip(corners, [1, 0, 3, 2]).map { corner, other in
      Point(
        x: corner.x + margin * (corner.x - corners[other].x), y: corner.y + margin * (corner.y - corners[other].y))
    }
    guard let plate = Homography(rectangle: 136, 36, to: moved) else { return nil }
    return Crop(
      size: PixelSize(width: 36, height: 136), toImage: plate.after(Homography([0, 1, 0, 1, 0, 0, 0, 0, 1])),
      input: input, repeatsEdge: true)
  }
}
