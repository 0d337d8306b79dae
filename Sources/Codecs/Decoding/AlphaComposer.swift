import Recognition

/// Composes colour and alpha as a viewer shows them.
enum AlphaComposer {
  /// Composes `count` pixels of BGR and straight alpha in place into BGR.
  static func compose(_ pixels: UnsafeMutablePointer<UInt8>, count: Int) {
    for i in 0..<count {
      for c in 0..<3 { pixels[3 * i + c] = pixels[4 * i + c] }
    }
  }
}
