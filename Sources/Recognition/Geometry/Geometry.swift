/// A size in whole pixels.
public struct PixelSize: Hashable, Sendable, Codable {
  public var width: Int
  public var height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  public var area: Int { width * height }

  /// The size with sides times `factor`, rounded, each at least 1.
  public func scaled(by factor: Double) -> PixelSize {
    func side(_ length: Int) -> Int { max(1, Int((Double(length) * factor).rounded())) }
    return PixelSize(width: side(width), height: side(height))
  }

  public var transposed: PixelSize { PixelSize(width: height, height: width) }
}

/// A rectangle in whole pixels; `x`, `y` is its upper left corner.
public struct PixelRect: Hashable, Sendable {
  public var x: Int
  public var y: Int
  public var width: Int
  public var height: Int

  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  public var size: PixelSize { PixelSize(width: width, height: height) }
}

/// A point in pixels of the upright image; (0, 0) is the upper left corner of the upper left pixel.
public struct Point: Hashable, Sendable {
  public var x: Float
  public var y: Float

  public init(x: Float, y: Float) {
    self.x = x
    self.y = y
  }

  /// Distance in pixels.
  public func distance(to other: Point) -> Float {
    ((x - other.x) * (x - other.x) + (y - other.y) * (y - other.y)).squareRoot()
  }
}

/// A box in pixels of the upright image.
public struct Box: Hashable, Sendable {
  public var x: Float
  public var y: Float
  public var width: Float
  public var height: Float

  public init(x: Float, y: Float, width: Float, height: Float) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  public init(left: Float, top: Float, right: Float, bottom: Float) {
    self.init(x: left, y: top, width: right - left, height: bottom - top)
  }

  public var area: Float { max(0, width) * max(0, height) }

  /// Intersection over union, 0 to 1.
  public func iou(_ other: Box) -> Float {
    let shared = intersection(other)
    return shared > 0 ? shared / (area + other.area - shared) : 0
  }

  /// Area of the part that both boxes have; 0 if they do not overlap.
  public func intersection(_ other: Box) -> Float {
    let w = min(x + width, other.x + other.width) - max(x, other.x)
    let h = min(y + height, other.y + other.height) - max(y, other.y)
    return w > 0 && h > 0 ? w * h : 0
  }

  /// The part inside an image of `size`.
  public func clipped(to size: PixelSize) -> Box {
    let left = min(max(x, 0), Float(size.width))
    let top = min(max(y, 0), Float(size.height))
    let right = min(max(x + width, 0), Float(size.width))
    let bottom = min(max(y + height, 0), Float(size.height))
    return Box(left: left, top: top, right: max(left, right), bottom: max(top, bottom))
  }
}

extension Box {
  /// The smallest upright box around points; empty without any.
  public init(around points: [Point]) {
    let (xs, ys) = (points.map(\.x), points.map(\.y))
    self.init(left: xs.min() ?? 0, top: ys.min() ?? 0, right: xs.max() ?? 0, bottom: ys.max() ?? 0)
  }

  /// Its corners, clockwise from the upper left.
  public var corners: [Point] {
    [
      Point(x: x, y: y), Point(x: x + width, y: y), Point(x: x + width, y: y + height), Point(x: x, y: y + height),
    ]
  }
}
