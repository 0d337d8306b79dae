import CFont
import COpenCV
import Foundation
import Recognition

/// A line of text as pixel coverage: in the system's fonts; without any, in OpenCV's ASCII letters.
public struct TextRenderer {
  public let size: PixelSize
  /// Coverage, row by row: 0 is background, 255 is letter.
  let coverage: [UInt8]

  /// More letters than this are not rendered: no label is so wide.
  private static let mostLetters = 256

  /// Renders a line with an em square of `pixels`, at most `width` wide: what is longer ends with an ellipsis.
  ///
  /// nil if nothing can be drawn.
  public init?(_ text: String, pixels: Int, width: Int = .max) {
    var letters = Self.printable(text.prefix(Self.mostLetters + 1))
    var isCut = letters.count > Self.mostLetters
    letters = Array(letters.prefix(Self.mostLetters))
    while true {
      guard let drawn = Self.draw(isCut ? letters.cutWithEllipsis : letters, pixels) else { return nil }
      if drawn.size.width <= width || letters.count <= 1 {
        (size, coverage) = drawn
        return
      }
      isCut = true
      letters = Array(letters.prefix(max(1, min(letters.count - 1, letters.count * width / drawn.size.width))))
    }
  }

  /// Draws the letters in grey `ink`, with the left upper corner at (x, y), on a picture of any channels.
  public func draw(on picture: PixelBuffer, x: Int, y: Int, ink: UInt8) {
    let channels = picture.order.count
    for row in max(0, -y)..<max(0, -y, min(size.height, picture.size.height - y)) {
      for column in max(0, -x)..<max(0, -x, min(size.width, picture.size.width - x)) {
        let covered = Int(coverage[row * size.width + column])
        guard covered > 0 else { continue }
        let pixel = picture.base + (y + row) * picture.stride + channels * (x + column)
        for channel in 0..<channels {
          pixel[channel] = UInt8((Int(pixel[channel]) * (255 - covered) + Int(ink) * covered + 127) / 255)
        }
      }
    }
  }

  /// Letters in groups that are not separated, with their accents: fonts place one that follows its letter, as in the file
  /// names of macOS, by rules that are not applied here. Control characters, line breaks among them, become spaces;
  /// characters that only direct the layout are left out.
  private static func printable(_ text: Substring) -> [[UInt32]] {
    text.map { letter in
      String(letter).precomposedStringWithCanonicalMapping.unicodeScalars.compactMap { scalar in
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: 32
        case .format: nil
        default: scalar.properties.isVariationSelector ? nil : scalar.value
        }
      }
    }
  }

  private static func draw(_ letters: [[UInt32]], _ pixels: Int) -> (size: PixelSize, coverage: [UInt8])? {
    let flat = letters.flatMap(\.self)
    guard !flat.isEmpty else { return nil }
    var picture = cfont_picture()
    guard cfont_draw(flat, flat.count, Int32(pixels), &picture), let drawn = picture.coverage else {
      return drawPlain(flat, pixels)
    }
    defer { cfont_picture_free(&picture) }
    let size = PixelSize(width: Int(picture.width), height: Int(picture.height))
    return (size, Array(UnsafeBufferPointer(start: drawn, count: size.area)))
  }

  /// Question marks stand for what is not ASCII.
  private static func drawPlain(_ letters: [UInt32], _ pixels: Int) -> (size: PixelSize, coverage: [UInt8])? {
    let plain = letters.map { $0 == 0x2026 ? "..." : (32..<127).contains($0) ? String(UnicodeScalar(UInt8($0))) : "?" }
      .joined()
    var (width, height): (Int32, Int32) = (0, 0)
    guard copencv_text_size(plain, Int32(pixels), &width, &height, nil) == .ok, width > 0 else { return nil }
    let size = PixelSize(width: Int(width), height: Int(height))
    var coverage = [UInt8](repeating: 0, count: size.area)
    guard copencv_draw_text(&coverage, width, height, plain, Int32(pixels), nil) == .ok else { return nil }
    return (size, coverage)
  }
}

extension [[UInt32]] {
  fileprivate var cutWithEllipsis: Self { self + [[0x2026]] }
}

extension PixelBuffer {
  /// Fills the part of `rect` that is inside; `samples` are those of one pixel.
  public func fill(_ rect: PixelRect, _ samples: [UInt8]) {
    let channels = order.count
    precondition(samples.count == channels)
    let (left, right) = (max(0, rect.x), min(size.width, rect.x + rect.width))
    for y in max(0, rect.y)..<max(0, rect.y, min(size.height, rect.y + rect.height)) {
      for x in left..<max(left, right) {
        for channel in 0..<channels { base[y * stride + channels * x + channel] = samples[channel] }
      }
    }
  }
}
