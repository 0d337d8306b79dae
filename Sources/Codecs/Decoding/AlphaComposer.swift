import CPixels
import Recognition

/// Composes colour and alpha as a viewer shows them: on white, and light ink on clear on black.
enum AlphaComposer {
  /// Composes `count` pixels of BGR and straight alpha in place into BGR. Returns false if all are opaque.
  @discardableResult
  static func compose(_ pixels: UnsafeMutablePointer<UInt8>, count: Int) -> Bool {
    guard !cpixels_is_opaque(pixels, count) else {
      cpixels_drop_alpha(pixels, count)
      return false
    }
    cpixels_compose(pixels, count, ground(for: pixels, count: count))
    return true
  }

  /// Luma from which a colour is light.
  ///
  /// A share and not the mean decides, as a cut-out of a light object has shades that show it on white, and ink has none.
  /// Of 243 cut-outs with soft edges from the demo's photos (nine places, three sizes) 3 are lighter than this, all of
  /// blank sky; by the mean of the luma they are 6. Ink of less luma has contrast enough on white.
  static let lightFrom = 192
  /// Largest share of what is visible, weighted by alpha, that is darker than that in light ink: for soft edges and marks.
  static let darkShare = 0.1

  /// The ground on which the picture is seen: 255 (white), or 0 if nearly all that is visible would fade on white.
  private static func ground(for pixels: UnsafePointer<UInt8>, count: Int) -> UInt8 {
    var histogram = [UInt64](repeating: 0, count: 256)
    cpixels_weigh_luma(pixels, count, &histogram)
    let dark = histogram[..<lightFrom].reduce(0, +)
    let light = histogram[lightFrom...].reduce(0, +)
    return light > 0 && Double(dark) <= darkShare * Double(dark + light) ? 0 : 255
  }
}
