import CPixels
import Recognition

/// Brings the rows of a stored picture into the slot of one view: resized, cut, turned upright, in the view's order.
///
/// One a worker and view, used for one image after another.
final class SlotWriter {
  private let resampler: OpaquePointer
  private let scratch = Scratch()
  private var view: View?
  private var slot: Pixels?
  private var orientation = Orientation.upright
  private var order = ChannelOrder.bgr
  /// The view's window as it lies in the stored picture.
  private var window = PixelRect(x: 0, y: 0, width: 0, height: 0)

  init() {
    guard let resampler = cpixels_resampler_create() else { fatalError("no memory for a resampler") }
    self.resampler = resampler
  }

  deinit { cpixels_resampler_destroy(resampler) }

  /// Gets ready for a stored picture of `source` pixels in `order`, of which `extent` stands for the whole picture.
  func begin(
    view: View, slot: Pixels, orientation: Orientation, source: PixelSize, extent: (width: Double, height: Double),
    order: ChannelOrder
  ) throws(Failure) {
    precondition(slot.size == view.slot && slot.order == view.order, "the slot is not the view's")
    precondition(
      view.offset.x >= 0 && view.offset.y >= 0 && view.offset.x + view.window.width <= view.slot.width
        && view.offset.y + view.window.height <= view.slot.height, "the window does not fit the slot")
    precondition(order.count >= view.order.count, "grey rows do not make colours")
    self.view = view
    self.slot = slot
    self.orientation = orientation
    self.order = order
    let resized = orientation.swapsAxes ? view.resized.transposed : view.resized
    guard resized.width <= 1 << 30, resized.height <= 1 << 30 else {
      throw Failure(.decode, .unsupported, "the picture is too narrow for this resize")
    }
    window = Self.storedWindow(of: view, orientation: orientation)
    if view.window.size != view.slot { slot.bytes.update(repeating: view.pad) }

    let direct = isDirect
    var plan = cpixels_plan()
    plan.source_width = Int32(source.width)
    plan.source_height = Int32(source.height)
    plan.extent_width = extent.width
    plan.extent_height = extent.height
    plan.resized_width = Int32(resized.width)
    plan.resized_height = Int32(resized.height)
    plan.x = Int32(window.x)
    plan.y = Int32(window.y)
    plan.width = Int32(window.width)
    plan.height = Int32(window.height)
    plan.channels = Int32(order.count)
    plan.filter =
      switch view.filter {
      case .area: cpixels_area
      case .bilinear: cpixels_bilinear
      case .bicubic: cpixels_bicubic
      case .linear: cpixels_linear
      }
    plan.target = direct ? origin(view, slot) : scratch.room(window.size.area * order.count)
    plan.stride = direct ? slot.stride : window.width * order.count
    guard cpixels_resampler_begin(resampler, &plan) else {
      throw Failure(.decode, .outOfMemory, "no memory for the resize")
    }
  }

  /// The rows of the source that the window is made of.
  var rows: Range<Int> {
    var first: Int32 = 0
    var end: Int32 = 0
    cpixels_resampler_rows(resampler, &first, &end)
    return Int(first)..<Int(end)
  }

  /// The columns of the source that the window is made of.
  var columns: Range<Int> {
    var first: Int32 = 0
    var end: Int32 = 0
    cpixels_resampler_columns(resampler, &first, &end)
    return Int(first)..<Int(end)
  }

  /// Takes the source's rows from `y`, which begin at column `x`.
  func push(_ rows: UnsafePointer<UInt8>, stride: Int, x: Int, y: Int, count: Int) {
    cpixels_resampler_push(resampler, rows, stride, Int32(x), Int32(y), Int32(count))
  }

  /// After the last row: the slot is filled.
  func finish() {
    guard let view, let slot else { return }
    let target = origin(view, slot)
    let size = view.window.size
    if !isDirect {
      let picture = scratch.room(0)
      if order.count == 3, view.order == .grey {
        // In place: a grey sample is written where its pixel was read already.
        cpixels_grey_in_place(picture, window.size.area, order == .bgr)
      }
      cpixels_orient(
        picture, window.width * view.order.count, Int32(window.width), Int32(window.height), Int32(view.order.count),
        Int32(orientation.rawValue), target, slot.stride)
    }
    if view.order.count == 3, view.order != order {
      for y in 0..<size.height {
        cpixels_swap(target + y * slot.stride, target + y * slot.stride, size.width)
      }
    }
    self.view = nil
    self.slot = nil
  }

  /// Whether the resampler writes into the slot itself.
  private var isDirect: Bool { orientation == .upright && view?.order.count == order.count }

  private func origin(_ view: View, _ slot: Pixels) -> UnsafeMutablePointer<UInt8> {
    slot.base + view.offset.y * slot.stride + view.offset.x * view.order.count
  }

  private static func storedWindow(of view: View, orientation: Orientation) -> PixelRect {
    let window = view.window
    let a = orientation.stored(x: window.x, y: window.y, upright: view.resized)
    let b = orientation.stored(
      x: window.x + window.width - 1, y: window.y + window.height - 1, upright: view.resized)
    return PixelRect(
      x: min(a.x, b.x), y: min(a.y, b.y), width: abs(a.x - b.x) + 1, height: abs(a.y - b.y) + 1)
  }
}

/// Memory that grows and is used again.
final class Scratch {
  private var base = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
  private var capacity = 1

  deinit { base.deallocate() }

  /// Room for at least `count` bytes; what was in it is kept only if it was that large already.
  func room(_ count: Int) -> UnsafeMutablePointer<UInt8> {
    if count > capacity {
      base.deallocate()
      base = .allocate(capacity: count)
      capacity = count
    }
    return base
  }
}
