import CFont
import Recognition

/// A line of text as pixel coverage, in the system's fonts.
struct TextRenderer {
  let size: PixelSize
  /// Coverage, row by row: 0 is background, 255 is letter.
  let coverage: [UInt8]

  /// Renders a line; nil if the system has no font.
  init?(_ text: String, pixels: Int) {
    // Control characters, line breaks among them, have no glyph.
    let letters = text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? 32 : $0.value }
    var picture = cfont_picture()
    guard cfont_draw(letters, letters.count, Int32(pixels), &picture), let drawn = picture.coverage else { return nil }
    defer { cfont_picture_free(&picture) }
    size = PixelSize(width: Int(picture.width), height: Int(picture.height))
    coverage = Array(UnsafeBufferPointer(start: drawn, count: size.area))
  }

  /// Draws the line on a filled background, above `point` if it fits there, and always inside the picture.
  func write(
    on picture: PixelBuffer, at point: Point, pad: Int, ground: (b: UInt8, g: UInt8, r: UInt8)
  ) {
    let (width, height) = (size.width + 2 * pad, size.height + 2 * pad)
    let (x, y) = (Int(point.x.rounded()), Int(point.y.rounded()))
    let left = max(0, min(x, picture.size.width - width))
    let top = min(y - height < 0 ? max(0, y) : y - height, max(0, picture.size.height - height))
    let samples = [ground.b, ground.g, ground.r]
    let bright = 0.114 * Float(ground.b) + 0.587 * Float(ground.g) + 0.299 * Float(ground.r) > 140
    let ink = bright ? 0 : 255
    for row in 0..<height where top + row < picture.size.height {
      for column in 0..<width where left + column < picture.size.width {
        let (u, v) = (column - pad, row - pad)
        let inside = u >= 0 && v >= 0 && u < size.width && v < size.height
        let covered = inside ? Int(coverage[v * size.width + u]) : 0
        let pixel = picture.base + (top + row) * picture.stride + 3 * (left + column)
        for channel in 0..<3 {
          pixel[channel] = UInt8((Int(samples[channel]) * (255 - covered) + ink * covered + 127) / 255)
        }
      }
    }
  }
}
