import CPixels
import Recognition

/// Float32 input of a network, which one engine fills and runs: the pictures of a batch one after another, normalised
/// and laid out (NCHW or NHWC) as the card specifies.
public final class InputBlob {
  private let input: InputSpec
  private var values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 0)

  public init(_ input: InputSpec) { self.input = input }

  deinit { values.deallocate() }

  /// Fills the blob with pictures of one size. Returns its values, valid until the next call.
  public func fill(_ batch: some Collection<PixelBuffer>, _ size: PixelSize) -> UnsafeMutablePointer<Float> {
    let samples = size.area * input.channels.count
    if values.count < batch.count * samples {
      values.deallocate()
      values = .allocate(capacity: batch.count * samples)
    }
    let pack = input.layout == .nchw ? cpixels_pack_nchw : cpixels_pack_nhwc
    for (index, slot) in batch.enumerated() {
      let target = values.baseAddress! + index * samples
      pack(slot.base, size.area, Int32(input.channels.count), input.mean, input.scale, target)
    }
    return values.baseAddress!
  }

  /// Returns the four dimensions of a batch of `count` pictures, in the card's layout.
  public func shape<Side: FixedWidthInteger>(_ count: Int, _ size: PixelSize) -> [Side] {
    let (n, c, h, w) = (Side(count), Side(input.channels.count), Side(size.height), Side(size.width))
    return input.layout == .nchw ? [n, c, h, w] : [n, h, w, c]
  }
}
