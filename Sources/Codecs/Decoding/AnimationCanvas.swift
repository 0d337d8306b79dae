import CPixels
import Recognition

/// The canvas of an animation, in BGR and straight alpha, transparent at first.
final class AnimationCanvas {
  let pixels: UnsafeMutablePointer<UInt8>
  private let size: PixelSize
  /// The canvas before the last frame.
  private var earlier: [UInt8] = []

  /// `pixels` has room for the whole canvas.
  init(_ pixels: UnsafeMutablePointer<UInt8>, size: PixelSize) {
    self.pixels = pixels
    self.size = size
    pixels.update(repeating: 0, count: size.area * 4)
  }

  func holds(_ area: PixelRect) -> Bool {
    area.width > 0 && area.height > 0 && area.x <= size.width - area.width && area.y <= size.height - area.height
  }

  /// Draws a frame; with `isKept`, `restore` can undo that.
  func draw(_ frame: UnsafePointer<UInt8>, in area: PixelRect, overwrites: Bool, isKept: Bool) {
    if isKept { earlier = Array(UnsafeBufferPointer(start: pixels, count: size.area * 4)) }
    for y in 0..<area.height {
      let source = frame + 4 * y * area.width
      if overwrites {
        row(y, of: area).update(from: source, count: 4 * area.width)
      } else {
        cpixels_blend(row(y, of: area), source, area.width)
      }
    }
  }

  func clear(_ area: PixelRect) {
    for y in 0..<area.height { row(y, of: area).update(repeating: 0, count: 4 * area.width) }
  }

  /// Gives the area the pixels that were there before the last frame.
  func restore(_ area: PixelRect) {
    earlier.withUnsafeBufferPointer { earlier in
      for y in 0..<area.height {
        let target = row(y, of: area)
        target.update(from: earlier.baseAddress! + (target - pixels), count: 4 * area.width)
      }
    }
  }

  private func row(_ y: Int, of area: PixelRect) -> UnsafeMutablePointer<UInt8> {
    pixels + 4 * ((area.y + y) * size.width + area.x)
  }
}
