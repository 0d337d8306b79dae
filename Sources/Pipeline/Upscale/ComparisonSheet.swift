import Codecs
import Recognition

/// A side-by-side comparison: the middle of the result beside bicubic enlargement, and below each its own middle, four
/// times larger.
final class ComparisonSheet {
  private let picture: PixelBuffer
  private let size: PixelSize
  private let part: PixelRect
  private let result: PixelBuffer

  private static let maxSide = 480
  private static let zoom = 4
  private static let gap = 8

  init(_ picture: PixelBuffer, scale: Int) {
    self.picture = picture
    size = PixelSize(width: picture.size.width * scale, height: picture.size.height * scale)
    let (width, height) = (min(Self.maxSide, size.width), min(Self.maxSide, size.height))
    part = PixelRect(x: (size.width - width) / 2, y: (size.height - height) / 2, width: width, height: height)
    result = PixelBuffer(size: part.size, order: picture.order)
  }

  /// Copies the rows of the result that it shows.
  func add(_ rows: UnsafePointer<UInt8>, channels: Int, top: Int, count: Int, width: Int) {
    precondition(channels == result.order.count)
    for y in max(top, part.y)..<max(top, part.y, min(top + count, part.y + part.height)) {
      let from = rows + ((y - top) * width + part.x) * channels
      (result.base + (y - part.y) * result.stride).update(from: from, count: result.stride)
    }
  }

  func write(to descriptor: Int32) throws(Failure) {
    let plain = PixelBuffer(size: part.size, order: picture.order)
    try Rescaler().resize(picture, to: size, window: part, into: plain.base, stride: plain.stride)
    let sheet = PixelBuffer(
      size: PixelSize(width: 2 * part.width + Self.gap, height: 2 * part.height + Self.gap), order: picture.order)
    sheet.bytes.update(repeating: 255)
    for (column, panel) in [plain, result].enumerated() {
      let left = column * (part.width + Self.gap)
      draw(panel, zoom: 1, on: sheet, x: left, y: 0)
      draw(panel, zoom: Self.zoom, on: sheet, x: left, y: part.height + Self.gap)
    }
    let writer = try StreamingEncoder(
      .png, size: sheet.size, order: sheet.order, hasAlpha: false, quality: 0, metadata: ImageMetadata(),
      descriptor: descriptor)
    try writer.write(sheet.base, stride: sheet.stride, count: sheet.size.height)
    try writer.finish()
  }

  /// The middle of `panel`, each pixel `zoom` times as large, filling the panel's own size.
  private func draw(_ panel: PixelBuffer, zoom: Int, on sheet: PixelBuffer, x: Int, y: Int) {
    let channels = panel.order.count
    let (left, top) = ((part.width - part.width / zoom) / 2, (part.height - part.height / zoom) / 2)
    for row in 0..<part.height {
      let from = panel.base + min(top + row / zoom, part.height - 1) * panel.stride
      let to = sheet.base + (y + row) * sheet.stride + x * channels
      for column in 0..<part.width {
        let source = min(left + column / zoom, part.width - 1) * channels
        for c in 0..<channels { to[column * channels + c] = from[source + c] }
      }
    }
  }
}
