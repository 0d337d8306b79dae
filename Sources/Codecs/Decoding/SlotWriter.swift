import CPixels
import Recognition

/// Writes the rows of a stored picture into one slot: resized, cropped, upright, in the transform's channel order.
///
/// Each worker has one per slot, and uses it for one image after another.
final class SlotWriter {
  private let resampler: OpaquePointer
  private let scratch = ScratchBuffer()
  private var transform: InputTransform?
  private var slot: PixelBuffer?
  private var orientation = Orientation.upright
  private var order = ChannelOrder.bgr
  /// The transform's window in the stored picture's orientation.
  private var window = PixelRect(x: 0, y: 0, width: 0, height: 0)

  init() {
    guard let resampler = cpixels_resampler_create() else { fatalError("no memory for a resampler") }
    self.resampler = resampler
  }

  deinit { cpixels_resampler_destroy(resampler) }

  /// Prepares for a stored picture of `source` pixels in `order`; `extent` is the whole picture in those pixels.
  func begin(
    transform: InputTransform, slot: PixelBuffer, orientation: Orientation, source: PixelSize,
    extent: (width: Double, height: Double), order: ChannelOrder
  ) throws(Failure) {
    precondition(slot.size == transform.slot && slot.order == transform.order, "the slot is not the transform's")
    precondition(
      transform.offset.x >= 0 && transform.offset.y >= 0
        && transform.offset.x + transform.window.width <= transform.slot.width
        && transform.offset.y + transform.window.height <= transform.slot.height, "the window does not fit the slot")
    precondition(order.count >= transform.order.count, "grey rows have no colours")
    self.transform = transform
    self.slot = slot
    self.orientation = orientation
    self.order = order
    let resized = orientation.swapsAxes ? transform.resized.transposed : transform.resized
    guard resized.width <= 1 << 30, resized.height <= 1 << 30 else {
      throw Failure(.decode, .unsupported, "the picture is too narrow for this resize")
    }
    window = Self.storedWindow(of: transform, orientation: orientation)
    if transform.window.size != transform.slot { slot.bytes.update(repeating: transform.pad) }

    let direct = isDirect
    var plan = cpixels_plan(
      source: source, extent: extent, resized: resized, window: window, channels: order.count,
      filter: Self.filter(of: transform))
    plan.target = direct ? origin(transform, slot) : scratch.reserve(window.size.area * order.count)
    plan.stride = direct ? slot.stride : window.width * order.count
    guard cpixels_resampler_begin(resampler, &plan) else {
      throw Failure(.decode, .outOfMemory, "no memory for the resize")
    }
  }

  /// Upper bound of the bytes that a writer allocates for `transform` of a stored picture of `stored` pixels.
  static func bytes(for transform: InputTransform, stored: PixelSize, orientation: Orientation) -> Int {
    let resized = orientation.swapsAxes ? transform.resized.transposed : transform.resized
    guard resized.width <= 1 << 30, resized.height <= 1 << 30 else { return 0 }
    let window = storedWindow(of: transform, orientation: orientation)
    var plan = cpixels_plan(
      source: stored, extent: (Double(stored.width), Double(stored.height)), resized: resized, window: window,
      channels: 3, filter: filter(of: transform))
    // A rotated window, and one that becomes grey, is computed in a scratch buffer before it is copied.
    let isDirect = orientation == .upright && transform.order.count == 3
    return cpixels_resampler_bytes(&plan) + (isDirect ? 0 : window.size.area * 3)
  }

  private static func filter(of transform: InputTransform) -> cpixels_filter {
    switch transform.filter {
    case .area: cpixels_area
    case .bilinear: cpixels_bilinear
    case .bicubic: cpixels_bicubic
    case .linear: cpixels_linear
    }
  }

  /// The rows of the source that the window needs.
  var rows: Range<Int> {
    var first: Int32 = 0
    var end: Int32 = 0
    cpixels_resampler_rows(resampler, &first, &end)
    return Int(first)..<Int(end)
  }

  /// The columns of the source that the window needs.
  var columns: Range<Int> {
    var first: Int32 = 0
    var end: Int32 = 0
    cpixels_resampler_columns(resampler, &first, &end)
    return Int(first)..<Int(end)
  }

  /// Pushes rows of the source from `y` on, which begin at column `x`.
  func push(_ rows: UnsafePointer<UInt8>, stride: Int, x: Int, y: Int, count: Int) {
    cpixels_resampler_push(resampler, rows, stride, Int32(x), Int32(y), Int32(count))
  }

  /// Completes the slot after the last row.
  func finish() {
    guard let transform, let slot else { return }
    let target = origin(transform, slot)
    let size = transform.window.size
    if !isDirect {
      let picture = scratch.reserve(0)
      if order.count == 3, transform.order == .grey {
        // In place: each grey sample is written over a pixel that has been read.
        cpixels_grey_in_place(picture, window.size.area, order == .bgr)
      }
      cpixels_orient(
        picture, window.width * transform.order.count, Int32(window.width), Int32(window.height),
        Int32(transform.order.count),
        Int32(orientation.rawValue), target, slot.stride)
    }
    if transform.order.count == 3, transform.order != order {
      for y in 0..<size.height {
        cpixels_swap(target + y * slot.stride, target + y * slot.stride, size.width)
      }
    }
    self.transform = nil
    self.slot = nil
  }

  /// Whether the resampler writes into the slot directly.
  private var isDirect: Bool { orientation == .upright && transform?.order.count == order.count }

  private func origin(_ transform: InputTransform, _ slot: PixelBuffer) -> UnsafeMutablePointer<UInt8> {
    slot.base + transform.offset.y * slot.stride + transform.offset.x * transform.order.count
  }

  private static func storedWindow(of transform: InputTransform, orientation: Orientation) -> PixelRect {
    let window = transform.window
    let a = orientation.stored(x: window.x, y: window.y, upright: transform.resized)
    let b = orientation.stored(
      x: window.x + window.width - 1, y: window.y + window.height - 1, upright: transform.resized)
    return PixelRect(
      x: min(a.x, b.x), y: min(a.y, b.y), width: abs(a.x - b.x) + 1, height: abs(a.y - b.y) + 1)
  }
}

extension cpixels_plan {
  /// A plan that lacks only its target: the part `window` of a picture of `source` pixels resized to `resized`.
  init(
    source: PixelSize, extent: (width: Double, height: Double), resized: PixelSize, window: PixelRect, channels: Int,
    filter: cpixels_filter
  ) {
    self.init()
    source_width = Int32(source.width)
    source_height = Int32(source.height)
    extent_width = extent.width
    extent_height = extent.height
    resized_width = Int32(resized.width)
    resized_height = Int32(resized.height)
    x = Int32(window.x)
    y = Int32(window.y)
    width = Int32(window.width)
    height = Int32(window.height)
    self.channels = Int32(channels)
    self.filter = filter
  }
}
