import Platform

/// Reads upscaled tiles from a network's output.
public enum UpscaleHead {
  /// One upscaled tile in the engine's memory.
  public struct Tile {
    public var values: UnsafeBufferPointer<Float>
    /// Whether the samples of a pixel are interleaved (NHWC) and not in planes.
    public var isInterleaved: Bool
  }

  /// Image `index` of a run over slots of `slot` pixels with `channels` samples.
  ///
  /// Throws `unexpectedOutput` if the output is not `scale` times the slot, or a sample is not finite.
  public static func tile(
    in outputs: Outputs, image index: Int, slot: PixelSize, channels: Int, scale: Int
  ) throws(Failure) -> Tile {
    guard let tensor = outputs.tensors.first, tensor.shape.count == 4, tensor.shape[0] == outputs.count else {
      throw Failure(.interpret, .unexpectedOutput, "one output of four dimensions is expected")
    }
    let (width, height) = (slot.width * scale, slot.height * scale)
    let shape = Array(tensor.shape.dropFirst())
    let isPlanar = shape == [channels, height, width]
    guard isPlanar || shape == [height, width, channels] else {
      throw Failure(
        .interpret, .unexpectedOutput,
        "an output of \(tensor.shape) for \(slot.width)x\(slot.height); \(width)x\(height) x \(channels) is expected")
    }
    let values = tensor.image(index, of: outputs.count)
    try OutputCheck.finite(values, "a sample")
    return Tile(values: values, isInterleaved: !isPlanar && channels > 1)
  }

  /// Checks the output of a probe against the card.
  static func probe(in outputs: Outputs, transform: InputTransform, spec: UpscaleSpec?) throws(Failure) -> Upscaled {
    guard let spec else { throw Failure(.interpret, .unexpectedOutput, "the card's head has no upscale") }
    _ = try tile(in: outputs, image: 0, slot: transform.slot, channels: transform.order.count, scale: spec.scale)
    let size = PixelSize(width: transform.slot.width * spec.scale, height: transform.slot.height * spec.scale)
    return Upscaled(file: RawPath(""), size: size, scale: spec.scale, tiles: 1)
  }
}
