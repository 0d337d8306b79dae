import Recognition

/// The alpha of a picture, kept apart from its colours or composed with them.
final class AlphaPlane {
  /// Shape of the plane, like that of the colours.
  let transform: InputTransform
  /// Whether the alpha is kept; otherwise it is composed, and only that is noted.
  let isKept: Bool
  /// One sample per pixel; nil if the picture has no alpha or it is not kept.
  private(set) var pixels: PixelBuffer?
  /// Whether some of the picture is not opaque and was composed.
  var isComposed = false

  init(transform: InputTransform, isKept: Bool) {
    self.transform = transform
    self.isKept = isKept
  }

  /// Resizes the alpha of a whole stored picture of `count` rows, which `row` copies to a buffer.
  func fill(
    _ header: ImageHeader, row: (_ y: Int, _ target: UnsafeMutablePointer<UInt8>) -> Void
  ) throws(Failure) {
    let stored = header.storedSize
    let plane = PixelBuffer(size: transform.slot, order: .grey)
    let writer = SlotWriter()
    try writer.begin(
      transform: transform, slot: plane, orientation: header.orientation, source: stored,
      extent: (Double(stored.width), Double(stored.height)), order: .grey)
    let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: stored.width)
    defer { buffer.deallocate() }
    for y in writer.rows {
      row(y, buffer)
      writer.push(buffer, stride: stored.width, x: 0, y: y, count: 1)
    }
    writer.finish()
    pixels = plane
  }
}
