/// Crops of text lines.
enum TextCrop {
  /// Aspect ratio (height by width) from which a line stands upright in the picture (PaddleOCR).
  private static let upright = 1.5

  /// The line's quadrilateral, rectified.
  static func line(_ line: Detection, input: InputSpec) -> Crop? {
    let (width, height) = TextLines.sides(line)
    let sides = PixelSize(width: Int(width), height: Int(height))
    let size = isUpright(line) ? sides.transposed : sides
    guard size.width > 0, size.height > 0,
      let map = Homography(rectangle: Double(size.width), Double(size.height), to: readingQuad(line))
    else { return nil }
    return Crop(size: size, toImage: map, input: input, repeatsEdge: true)
  }

  /// The corners, clockwise from the start of reading; upright lines are read from the bottom.
  private static func readingQuad(_ line: Detection) -> [Point] {
    guard line.quad.count == 4 else { return line.box.corners }
    let quad = line.quad
    return isUpright(line) ? [quad[1], quad[2], quad[3], quad[0]] : quad
  }

  /// Whether a line stands upright in the picture.
  static func isUpright(_ line: Detection) -> Bool {
    guard line.quad.count == 4 else { return false }
    let (width, height) = TextLines.sides(line)
    return Double(height) >= upright * Double(width)
  }
}
