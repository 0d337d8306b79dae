import Recognition

/// Pads trimmed letterboxes to the card's size, for an engine that takes longer to prepare itself for another shape than to
/// compute the padding.
final class LetterboxPadding {
  private let padded: PixelBuffer
  private let pad: UInt8

  /// Nil if the input has no trimmed letterboxes.
  init?(_ input: InputSpec) {
    guard input.isTrimmed else { return nil }
    padded = PixelBuffer(size: PixelSize(width: input.width, height: input.height), order: input.channels)
    pad = input.resize.pad ?? 0
  }

  /// Returns `slot` with padding on the right and below it, valid until the next call.
  ///
  /// Throws `inferenceFailed` if the slot is larger than the card's size.
  func padded(_ slot: PixelBuffer) throws(Failure) -> PixelBuffer {
    let (size, whole) = (slot.size, padded.size)
    guard size.width <= whole.width, size.height <= whole.height else {
      throw Failure(
        .infer, .inferenceFailed,
        "a slot of \(size.width)x\(size.height), the network takes up to \(whole.width)x\(whole.height)")
    }
    for row in 0..<whole.height {
      let target = padded.base + row * padded.stride
      let filled = row < size.height ? slot.stride : 0
      target.update(from: slot.base + row * filled, count: filled)
      (target + filled).update(repeating: pad, count: padded.stride - filled)
    }
    return padded
  }
}
