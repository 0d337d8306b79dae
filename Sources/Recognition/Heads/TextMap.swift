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

  /// The lines, in no order; `transform` is that of the image into the canvas.
  public func lines(transform: InputTransform, minScore: Float) throws(Failure) -> [Detection] {
    try TextMapHead.lines(
      on: UnsafeBufferPointer(samples), binary: UInt8(TextMapHead.binary * 255), unit: 255, transform: transform,
      minScore: minScore)
  }
}
