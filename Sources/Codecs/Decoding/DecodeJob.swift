import CPixels
import Recognition

/// One decode: the slots to fill and what fills them.
struct DecodeJob {
  let header: ImageHeader
  let targets: [(transform: InputTransform, slot: PixelBuffer)]
  let writers: [SlotWriter]
  /// What becomes of the alpha; nil: colours are composed with it.
  var alpha: AlphaPlane?

  /// Prepares every writer for a picture of `source` pixels that covers `extent`.
  func begin(source: PixelSize, extent: (width: Double, height: Double), order: ChannelOrder) throws(Failure) {
    for (target, writer) in zip(targets, writers) {
      try writer.begin(
        transform: target.transform, slot: target.slot, orientation: header.orientation, source: source, extent: extent,
        order: order)
    }
  }

  func push(_ rows: UnsafePointer<UInt8>, stride: Int, x: Int, y: Int, count: Int) {
    for writer in writers { writer.push(rows, stride: stride, x: x, y: y, count: count) }
  }

  func finish() {
    for writer in writers { writer.finish() }
  }

  /// The range of one axis that any writer needs.
  func union(_ range: (SlotWriter) -> Range<Int>) -> Range<Int> {
    let ranges = writers.map(range)
    let low = ranges.map(\.lowerBound).min() ?? 0
    return low..<max(low, ranges.map(\.upperBound).max() ?? 0)
  }

  /// Channels in which streamed rows suit the slots best: one order if all have it, otherwise BGR. A file without
  /// colours is decoded in grey only if no slot has colours.
  func order(isGrey: Bool) -> ChannelOrder {
    let orders = Set(targets.map(\.transform.order))
    guard let only = orders.first, orders.count == 1 else { return .bgr }
    return only == .grey && !isGrey ? .bgr : only
  }

  /// Fills all slots from a stored picture without reductions, whose rows come one after another: `next` decodes rows
  /// of `order` to a buffer.
  func stream(
    order: ChannelOrder, buffer: ScratchBuffer,
    next: (_ rows: UnsafeMutablePointer<UInt8>, _ stride: Int, _ count: Int) throws(Failure) -> Void
  ) throws(Failure) {
    let size = header.storedSize
    try begin(source: size, extent: (Double(size.width), Double(size.height)), order: order)
    let end = union(\.rows).upperBound
    let stride = size.width * order.count
    let most = RowBlock.count(stride: stride, height: size.height)
    let rows = buffer.reserve(stride * most)
    var y = 0
    while y < end {
      let count = min(most, end - y)
      try next(rows, stride, count)
      push(rows, stride: stride, x: 0, y: y, count: count)
      y += count
    }
    finish()
  }

  /// Fills all slots from a whole stored picture, which is changed: 1 (grey), 3 (BGR) or 4 (BGR and straight alpha)
  /// bytes per pixel.
  func fill(from pixels: UnsafeMutablePointer<UInt8>, channels: Int) throws(Failure) {
    let size = header.storedSize
    if channels == 4 { try separateAlpha(pixels) }
    let isGrey = channels == 1 && targets.allSatisfy { $0.transform.order == .grey }
    if channels == 1, !isGrey { Self.expandGrey(pixels, count: size.area) }
    try begin(source: size, extent: (Double(size.width), Double(size.height)), order: isGrey ? .grey : .bgr)
    let stride = size.width * (isGrey ? 1 : 3)
    let rows = union(\.rows)
    let most = RowBlock.count(stride: stride, height: size.height)
    for y in Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: most) {
      push(pixels + y * stride, stride: stride, x: 0, y: y, count: min(most, rows.upperBound - y))
    }
    finish()
  }

  /// Turns BGRA into BGR, in place: composed, or with hidden colours replaced and the alpha in its plane.
  private func separateAlpha(_ pixels: UnsafeMutablePointer<UInt8>) throws(Failure) {
    let size = header.storedSize
    guard let alpha, alpha.isKept else {
      let isComposed = AlphaComposer.compose(pixels, count: size.area)
      alpha?.isComposed = isComposed
      return
    }
    try alpha.fill(header) { y, target in cpixels_alpha(pixels + 4 * y * size.width, target, size.width) }
    guard cpixels_extend_colours(pixels, Int32(size.width), Int32(size.height)) else {
      throw Failure(.decode, .outOfMemory, "no memory for the colours around transparent pixels")
    }
    cpixels_drop_alpha(pixels, size.area)
  }

  /// Repeats each of `count` grey samples three times, in place from the end.
  private static func expandGrey(_ pixels: UnsafeMutablePointer<UInt8>, count: Int) {
    for i in Swift.stride(from: count - 1, through: 0, by: -1) {
      let value = pixels[i]
      for c in 0..<3 { pixels[3 * i + c] = value }
    }
  }
}
