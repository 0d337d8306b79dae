/// The probability of text on a canvas that a network read in pieces, in 255ths: a line that lies in several pieces is
/// whole again, and none is found twice.
public final class TextMap {
  private let size: PixelSize
  private let samples: UnsafeMutableBufferPointer<UInt8>

  /// A map without text.
  public init(size: PixelSize) {
    self.size = size
    samples = .allocate(capacity: size.area)
    samples.initialize(repeating: 0)
  }

  deinit { samples.deallocate() }

  /// Takes over the part `core` of a piece that lies at `piece` on the canvas; throws if the outputs are not its map.
  public func set(_ outputs: Outputs, piece: PixelRect, core: PixelRect) throws(Failure) {
    guard let tensor = outputs.tensors.first, outputs.count == 1, tensor.values.count == piece.size.area else {
      throw Failure(
        .interpret, .unexpectedOutput,
        "a map of \(piece.width)x\(piece.height) is expected, the network gave \(outputs.tensors.first?.shape ?? [])")
    }
    try OutputCheck.finite(tensor.values, "a pixel of its map")
    for y in core.y..<core.y + core.height {
      let from = (y - piece.y) * piece.width - piece.x
      for x in core.x..<core.x + core.width {
        samples[y * size.width + x] = UInt8(min(255, max(0, tensor.values[from + x] * 255 + 0.5)))
      }
    }
  }

  /// Takes over a map of the same page with shorter sides, enlarged bilinearly; `page` and `offset` are the page's size and
  /// its position on this canvas, `reduced` and `position` those of the other.
  public func enlarge(
    _ other: TextMap, page: PixelSize, at offset: (x: Int, y: Int), from reduced: PixelSize,
    at position: (x: Int, y: Int)
  ) {
    let columns = Self.neighbours(
      size.width, page.width, offset.x, in: other.size.width, reduced.width, position.x)
    let rows = Self.neighbours(size.height, page.height, offset.y, in: other.size.height, reduced.height, position.y)
    for (y, row) in rows.enumerated() {
      let (upper, lower) = (row.first * other.size.width, row.second * other.size.width)
      for (x, column) in columns.enumerated() {
        let above =
          Int(other.samples[upper + column.first]) * (256 - column.share)
          + Int(other.samples[upper + column.second]) * column.share
        let below =
          Int(other.samples[lower + column.first]) * (256 - column.share)
          + Int(other.samples[lower + column.second]) * column.share
        samples[y * size.width + x] = UInt8((above * (256 - row.share) + below * row.share + 1 << 15) >> 16)
      }
    }
  }

  /// For each of `length` pixels, the two pixels of the other canvas around it and the second one's share in 256ths.
  private static func neighbours(
    _ length: Int, _ page: Int, _ offset: Int, in otherLength: Int, _ reduced: Int, _ position: Int
  ) -> [(first: Int, second: Int, share: Int)] {
    let factor = Double(reduced) / Double(page)
    return (0..<length).map { pixel in
      let exact = (Double(pixel - offset) + 0.5) * factor - 0.5 + Double(position)
      let clamped = min(max(exact, 0), Double(otherLength - 1))
      let first = Int(clamped)
      return (first, min(first + 1, otherLength - 1), Int((clamped - Double(first)) * 256))
    }
  }

  /// The lines, in no order; `transform` is that of the image into the canvas.
  public func lines(transform: InputTransform, minScore: Float) throws(Failure) -> [Detection] {
    try TextMapHead.lines(
      on: UnsafeBufferPointer(samples), binary: UInt8(TextMapHead.binary * 255), unit: 255, transform: transform,
      minScore: minScore)
  }
}
