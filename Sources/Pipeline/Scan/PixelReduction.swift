import CPixels
import Recognition

extension PixelBuffer {
  /// A slot with a reduced copy of the picture of `size` in this one's upper left corner; `transform` says its size and
  /// what surrounds it, its window being at the upper left too.
  func reduced(_ size: PixelSize, for transform: InputTransform) throws(Failure) -> PixelBuffer {
    precondition(size.width <= self.size.width && size.height <= self.size.height && transform.offset == (0, 0))
    let copy = PixelBuffer(size: transform.slot, order: order)
    if transform.window.size != transform.slot { copy.bytes.update(repeating: transform.pad) }
    guard let resampler = cpixels_resampler_create() else { fatalError("no memory for a resampler") }
    defer { cpixels_resampler_destroy(resampler) }
    var plan = cpixels_plan()
    (plan.source_width, plan.source_height) = (Int32(size.width), Int32(size.height))
    (plan.extent_width, plan.extent_height) = (Double(size.width), Double(size.height))
    (plan.resized_width, plan.resized_height) = (Int32(transform.resized.width), Int32(transform.resized.height))
    (plan.width, plan.height) = (plan.resized_width, plan.resized_height)
    plan.channels = Int32(order.count)
    plan.filter = cpixels_area
    plan.target = copy.base
    plan.stride = copy.stride
    guard cpixels_resampler_begin(resampler, &plan) else {
      throw Failure(.infer, .outOfMemory, "no memory for the resize")
    }
    cpixels_resampler_push(resampler, base, stride, 0, 0, Int32(size.height))
    return copy
  }
}
