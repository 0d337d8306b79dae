import CPixels
import Recognition

/// Resizes pictures, bicubic or bilinear, one band of rows at a time.
public final class Rescaler {
  private let resampler: OpaquePointer

  public init() {
    guard let resampler = cpixels_resampler_create() else { fatalError("no memory for a resampler") }
    self.resampler = resampler
  }

  deinit { cpixels_resampler_destroy(resampler) }

  /// Upper bound of the bytes that it holds to resize `rows` rows of a picture of `source` pixels at a time.
  public static func memory(from source: PixelSize, to size: PixelSize, rows: Int) -> Int {
    var plan = cpixels_plan(
      source: source, extent: (Double(source.width), Double(source.height)), resized: size,
      window: PixelRect(x: 0, y: 0, width: size.width, height: min(rows, size.height)), channels: 3,
      filter: cpixels_bicubic)
    return cpixels_resampler_bytes(&plan)
  }

  /// Writes the part `window` of `picture`, resized to `size`, into `target`, rows `stride` bytes apart.
  public func resize(
    _ picture: PixelBuffer, to size: PixelSize, window: PixelRect, into target: UnsafeMutablePointer<UInt8>,
    stride: Int, bilinear: Bool = false
  ) throws(Failure) {
    let source = picture.size
    var plan = cpixels_plan(
      source: source, extent: (Double(source.width), Double(source.height)), resized: size, window: window,
      channels: picture.order.count, filter: bilinear ? cpixels_bilinear : cpixels_bicubic)
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
