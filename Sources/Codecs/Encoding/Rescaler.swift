import CPixels
import Recognition

/// Bicubic enlargement, a band of rows at a time.
public final class Rescaler {
  private let resampler: OpaquePointer

  public init() {
    guard let resampler = cpixels_resampler_create() else { fatalError("no memory for a resampler") }
    self.resampler = resampler
  }

  deinit { cpixels_resampler_destroy(resampler) }

  /// The part `window` of `picture` resized to `size`, into `target`, rows `stride` bytes apart; bicubic, or bilinear.
  public func resize(
    _ picture: PixelBuffer, to size: PixelSize, window: PixelRect, into target: UnsafeMutablePointer<UInt8>,
    stride: Int,
    bilinear: Bool = false
  ) throws(Failure) {
    var plan = cpixels_plan()
    plan.source_width = Int32(picture.size.width)
    plan.source_height = Int32(picture.size.height)
    plan.extent_width = Double(picture.size.width)
    plan.extent_height = Double(picture.size.height)
    plan.resized_width = Int32(size.width)
    plan.resized_height = Int32(size.height)
    plan.x = Int32(window.x)
    plan.y = Int32(window.y)
    plan.width = Int32(window.width)
    plan.height = Int32(window.height)
    plan.channels = Int32(picture.order.count)
    plan.filter = bilinear ? cpixels_bilinear : cpixels_bicubic
    plan.target = target
    plan.stride = stride
    guard cpixels_resampler_begin(resampler, &plan) else {
      throw Failure(.infer, .outOfMemory, "no memory for the resize")
    }
    var first: Int32 = 0
    var end: Int32 = 0
    cpixels_resampler_rows(resampler, &first, &end)
    cpixels_resampler_push(
      resampler, picture.base + Int(first) * picture.stride, picture.stride, 0, first, end - first)
  }
}
