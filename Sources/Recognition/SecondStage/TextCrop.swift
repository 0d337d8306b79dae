/// Crops of text lines.
enum TextCrop {
  /// Aspect ratio (height by width) from which a line stands upright in the picture (PaddleOCR).
  private static let upright = 1.5

  /// The line's quadrilateral, rectified.
  static func line(_ line: Detection, input: InputSpec) -> Crop? {
    let corners = readingQuad(line)
    let size = PixelSize(
      width: max(Int(length(corners[0], corners[1])), Int(length(corners[2], corners[3]))),
      height: max(Int(length(corners[0], corners[3])), Int(length(corners[1], corners[2]))))
    guard size.width > 0, size.height > 0,
      let map = Homography(rectangle: Double(size.width), Double(size.height), to: corners)
    else { return nil }
    return Crop(size: size, toImage: map, input: input, repeatsEdge: true)
  }

  /// The corners, clockwise from the start of reading; upright lines are read from the bottom.
  private static func readingQuad(_ line: Detection) -> [Point] {
    let box = line.box
    guard line.quad.count == 4 else {
      let (right, bottom) = (box.x + box.width, box.y + box.height)
      return [
        Point(x: box.x, y: box.y), Point(x: right, y: box.y), Point(x: right, y: bottom), Point(x: box.x, y: bottom),
      ]
    }
    let quad = line.quad
    return isUpright(line) ? [quad[1], quad[2], quad[3], quad[0]] : quad
  }

  /// Whether a line stands upright in the picture.
  static func isUpright(_ line: Detection) -> Bool {
    guard line.quad.count == 4 else { return false }
    let (width, height) = sides(line.quad)
    return Double(height) >= upright * Double(width)
  }

  /// Length of a line, along its letters.
  static func length(of line: Detection) -> Float {
    guard line.quad.count == 4 else { return line.box.width }
    let (width, height) = sides(line.quad)
    return max(width, height)
  }

  private static func sides(_ quad: [Point]) -> (width: Float, height: Float) {
    (
      max(length(quad[0], quad[1]), length(quad[2], quad[3])), max(length(quad[0], quad[3]), length(quad[1], quad[2]))
    )
  }

  private static func length(_ a: Point, _ b: Point) -> Float {
    ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).squareRoot()
  }
}
