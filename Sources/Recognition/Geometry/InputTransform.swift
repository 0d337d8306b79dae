/// The operation that fills a network's slot: the upright image is resized to `resized`, and the window `window` of that
/// is placed at `offset` into a slot of size `slot`; the rest is filled with `pad`.
///
/// Every resize rule is one of these, so that the codecs need one operation only.
public struct InputTransform: Hashable, Sendable {
  /// Size of the upright image.
  public var image: PixelSize
  /// Size of the whole upright image after resizing.
  public var resized: PixelSize
  /// The part of `resized` that is computed.
  public var window: PixelRect
  /// Size of the slot.
  public var slot: PixelSize
  /// Offset of the window's upper left corner in the slot.
  public var offset: (x: Int, y: Int) { (offsetX, offsetY) }
  private var offsetX: Int
  private var offsetY: Int
  /// Sample value around the window.
  public var pad: UInt8
  public var order: ChannelOrder
  public var filter: Filter
  /// Quality of a JPEG file through which the slot passes in the end; nil: none.
  public var jpegQuality: Int?

  public enum Filter: String, Sendable, Codable, CaseIterable {
    /// The mean over the source pixels under a target pixel; bilinear when enlarging (OpenCV's INTER_AREA).
    case area
    /// A triangle as wide as the reduction (Pillow's and torchvision's antialiased BILINEAR).
    case bilinear
    /// Keys' cubic, a = -0.5, as wide as the reduction (Pillow's BICUBIC).
    case bicubic
    /// Two by two neighbours without antialiasing (OpenCV's INTER_LINEAR), if the reference does so.
    case linear
  }

  public init(
    image: PixelSize, resized: PixelSize, window: PixelRect, slot: PixelSize, offset: (x: Int, y: Int) = (0, 0),
    pad: UInt8 = 0, order: ChannelOrder, filter: Filter = .area
  ) {
    self.image = image
    self.resized = resized
    self.window = window
    self.slot = slot
    offsetX = offset.x
    offsetY = offset.y
    self.pad = pad
    self.order = order
    self.filter = filter
  }

  /// The whole image at its own size.
  public static func whole(_ image: PixelSize, order: ChannelOrder) -> InputTransform {
    InputTransform(
      image: image, resized: image, window: PixelRect(x: 0, y: 0, width: image.width, height: image.height),
      slot: image, order: order)
  }

  /// The whole image, reduced if its long side exceeds `longSide`.
  public static func whole(_ image: PixelSize, order: ChannelOrder, longSide: Int?) -> InputTransform {
    guard let longSide, max(image.width, image.height) > longSide else { return whole(image, order: order) }
    let size = image.scaled(by: Double(longSide) / Double(max(image.width, image.height)))
    return InputTransform(
      image: image, resized: size, window: PixelRect(x: 0, y: 0, width: size.width, height: size.height), slot: size,
      order: order)
  }

  /// Converts a point of the slot to pixels of the upright image.
  public func imagePoint(x: Float, y: Float) -> Point {
    Point(
      x: (x - Float(offsetX) + Float(window.x)) * Float(image.width) / Float(resized.width),
      y: (y - Float(offsetY) + Float(window.y)) * Float(image.height) / Float(resized.height))
  }

  /// Converts a box of the slot to pixels of the upright image, clipped to it.
  public func imageBox(_ box: Box) -> Box {
    let a = imagePoint(x: box.x, y: box.y)
    let b = imagePoint(x: box.x + box.width, y: box.y + box.height)
    return Box(left: a.x, top: a.y, right: b.x, bottom: b.y).clipped(to: image)
  }
}
