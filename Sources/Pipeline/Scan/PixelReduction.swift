import CPixels
import Recognition

extension PixelBuffer {
  /// A copy with sides times `factor`, by the mean of areas.
  func reduced(by factor: Double) throws(Failure) -> PixelBuffer {
    let copy = PixelBuffer(size: size.scaled(by: factor), order: order)
    try reduce(size, to: copy.size, in: copy)
    return copy
  }

  /// A slot with a reduced copy of the picture of `size` in this one's upper left corner; `transform` says its size and
  /// what surrounds it, its window being at the upper left too.
  func reduced(_ size: PixelSize, for transform: InputTransform) throws(Failure) -> PixelBuffer {
    precondition(size.width <= self.size.width && size.height <= self.size.height && transform.offset == (0, 0))
    let copy = PixelBuffer(size: transform.slot, order: order)
    if transform.window.size != transform.slot { copy.bytes.update(repeating: transform.pad) }
    try reduce(size, to: transform.resized, in: copy)
    return copy
  }

  /// Resizes the picture of `size` in the upper left corner to `resized` pixels in that of `target`.
  private func reduce(_ size: PixelSize, to resized: PixelSize, in target: PixelBuffer) throws(Failure) {
    guard let resampler = cpixels_resampler_create() else { fatalError("no memory for a resampler") }
    defer { cpixels_resampler_destroy(resampler) }
    var plan = cpixels_plan()
    (plan.source_width, plan.source_height) = (Int32(size.width), Int32(size.height))
    (plan.extent_width, plan.extent_height) = (Double(size.width), Double(size.height))
    (plan.resized_width, plan.resized_height) = (Int32(resized.width), Int32(resized.height))
    (plan.width, plan.height) = (plan.resized_width, plan.resized_height)
    plan.channels = Int32(order.count)
    plan.filter = cpixels_area
    plan.target = target.base
    plan.stride = target.stride
    guard cpixels_resampler_begin(resampler, &plan) else {
      throw Failure(.infer, .outOfMemory, "no memory for the resize")
    }
    cpixels_resampler_push(resampler, base, stride, 0, 0, Int32(size.height))
  }
}
