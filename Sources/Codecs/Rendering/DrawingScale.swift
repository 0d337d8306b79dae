import Recognition

/// Sizes of what is drawn, in pixels, by the size of the picture, so that a drawing looks the same at every size.
struct DrawingScale {
  /// Height of the letters' em square: 1/60 of the long side; less in a narrow strip, which letters would fill; at least
  /// 12, below which they cannot be read.
  let letters: Int
  /// Width of lines: 1/500 of the long side; 2 in a small picture and 1 in a tiny one.
  let line: Int
  /// Pixels between a label's letters and its edge.
  let pad: Int

  static let leastLetters = 12

  init(_ picture: PixelSize) {
    let long = max(picture.width, picture.height)
    let short = min(picture.width, picture.height)
    // FreeType and OpenCV render up to 1,024.
    letters = min(1024, max(Self.leastLetters, min(long / 60, short / 12)))
    line = max(1, min(max(2, long / 500), short / 100))
    pad = max(1, letters / 6)
  }

  /// Width of the outline of a box whose short side is `side`.
  func line(side: Float) -> Int { side < 24 ? 1 : Int(min(Float(line), max(2, side / 24))) }

  /// Dark pixels on either side of a line, with which it shows on any ground; a tiny picture has no room for them.
  var edge: Int { line > 1 ? 1 : 0 }

  /// Smallest width of a box whose landmarks are drawn: below it they would hide a face.
  static let leastWidthForLandmarks: Float = 16

  /// Radius of the landmarks of a box of `width`, the dark edge included: 1/25 of it at most. 0 is one pixel; nil: none
  /// are drawn.
  func landmarkRadius(width: Float) -> Int? {
    guard width >= Self.leastWidthForLandmarks else { return nil }
    return Int(min(Float(2 * line + 2), width / 25))
  }
}
