import Recognition

/// The outline of what is made unrecognisable, in pixels of the upright image.
public enum HiddenShape: Sendable, Equatable {
  /// The ellipse whose axes are the sides of the box.
  case ellipse(Box)
  /// A polygon, and all that is not farther from it than `margin` pixels.
  case polygon([Point], margin: Float)
  /// The pixels of a mask, and all that is not farther from one than `margin` pixels in a row or column.
  case mask(RunLengthMask, box: Box, margin: Float)

  /// The shape in an image of `size`; nil if no part of it is inside.
  func region(in size: PixelSize) -> HiddenRegion? {
    switch self {
    case .ellipse(let box):
      guard let rect = Self.rect(box, margin: 0, in: size) else { return nil }
      let (cx, cy) = (box.x + box.width / 2, box.y + box.height / 2)
      // Pixels that the outline crosses belong to it.
      let (rx, ry) = (box.width / 2 + 0.5, box.height / 2 + 0.5)
      return HiddenRegion(rect) { x, y in
        let (dx, dy) = ((Float(x) + 0.5 - cx) / rx, (Float(y) + 0.5 - cy) / ry)
        return dx * dx + dy * dy <= 1
      }
    case .polygon(let points, let margin):
      guard points.count >= 3, let rect = Self.rect(Box(around: points), margin: margin, in: size) else { return nil }
      let reach = margin + 0.5
      return HiddenRegion(rect) { x, y in
        let point = Point(x: Float(x) + 0.5, y: Float(y) + 0.5)
        return Self.contains(points, point) || Self.squaredDistance(points, point) <= reach * reach
      }
    case .mask(let mask, let box, let margin):
      guard mask.size == size, let rect = Self.rect(box, margin: margin, in: size) else { return nil }
      var region = HiddenRegion(rect) { _, _ in false }
      region.mark(mask)
      region.dilate(by: Int(margin.rounded(.up)))
      return region
    }
  }

  /// The whole pixels around the box and its margin, inside an image of `size`; nil if there are none. Coordinates of
  /// records may be any number.
  private static func rect(_ box: Box, margin: Float, in size: PixelSize) -> PixelRect? {
    func pixel(_ value: Float, _ limit: Int) -> Int {
      value.isNaN ? 0 : Int(min(max(value, 0), Float(limit)))
    }
    let left = pixel((box.x - margin).rounded(.down), size.width)
    let top = pixel((box.y - margin).rounded(.down), size.height)
    let right = min(size.width, pixel((box.x + box.width + margin).rounded(.up), size.width))
    let bottom = min(size.height, pixel((box.y + box.height + margin).rounded(.up), size.height))
    guard right > left, bottom > top else { return nil }
    return PixelRect(x: left, y: top, width: right - left, height: bottom - top)
  }

  /// Whether the polygon contains the point, by the even-odd rule.
  private static func contains(_ points: [Point], _ point: Point) -> Bool {
    var isInside = false
    var a = points[points.count - 1]
    for b in points {
      if (a.y > point.y) != (b.y > point.y), point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x {
        isInside.toggle()
      }
      a = b
    }
    return isInside
  }

  /// The square of the distance from the point to the outline.
  private static func squaredDistance(_ points: [Point], _ point: Point) -> Float {
    var least = Float.infinity
    var a = points[points.count - 1]
    for b in points {
      let (dx, dy) = (b.x - a.x, b.y - a.y)
      let length = dx * dx + dy * dy
      let part = length > 0 ? min(max(((point.x - a.x) * dx + (point.y - a.y) * dy) / length, 0), 1) : 0
      let (ex, ey) = (point.x - a.x - part * dx, point.y - a.y - part * dy)
      least = min(least, ex * ex + ey * ey)
      a = b
    }
    return least
  }
}

/// A part of a picture, pixel by pixel.
struct HiddenRegion {
  private(set) var rect: PixelRect
  /// Row by row, one byte per pixel of `rect`: 1 inside, 0 outside.
  private(set) var mask: [UInt8]

  /// `isInside` is asked for each pixel of `rect`.
  init(_ rect: PixelRect, _ isInside: (_ x: Int, _ y: Int) -> Bool) {
    self.rect = rect
    mask = [UInt8](unsafeUninitializedCapacity: rect.size.area) { buffer, count in
      for y in 0..<rect.height {
        for x in 0..<rect.width { buffer[y * rect.width + x] = isInside(rect.x + x, rect.y + y) ? 1 : 0 }
      }
      count = rect.size.area
    }
  }

  /// The same part of the picture as it is stored, of an upright picture of `size`.
  func stored(_ orientation: Orientation, upright size: PixelSize) -> HiddenRegion {
    if orientation == .upright { return self }
    let first = orientation.stored(x: rect.x, y: rect.y, upright: size)
    let last = orientation.stored(x: rect.x + rect.width - 1, y: rect.y + rect.height - 1, upright: size)
    var turned = HiddenRegion(
      PixelRect(
        x: min(first.x, last.x), y: min(first.y, last.y), width: abs(first.x - last.x) + 1,
        height: abs(first.y - last.y) + 1)
    ) { _, _ in false }
    for y in 0..<rect.height {
      for x in 0..<rect.width where mask[y * rect.width + x] != 0 {
        let at = orientation.stored(x: rect.x + x, y: rect.y + y, upright: size)
        turned.mask[(at.y - turned.rect.y) * turned.rect.width + at.x - turned.rect.x] = 1
      }
    }
    return turned
  }

  /// Marks the pixels of a mask of the whole picture.
  fileprivate mutating func mark(_ runs: RunLengthMask) {
    let height = runs.size.height
    var start = 0
    for (index, count) in runs.counts.enumerated() {
      defer { start += count }
      guard index % 2 == 1 else { continue }
      for pixel in start..<start + count {
        let (x, y) = (pixel / height - rect.x, pixel % height - rect.y)
        if x >= 0, x < rect.width, y >= 0, y < rect.height { mask[y * rect.width + x] = 1 }
      }
    }
  }

  /// Marks the pixels that are not farther than `radius` from a marked one, along rows and then columns.
  fileprivate mutating func dilate(by radius: Int) {
    guard radius > 0 else { return }
    for y in 0..<rect.height { dilate(first: y * rect.width, step: 1, count: rect.width, radius) }
    for x in 0..<rect.width { dilate(first: x, step: rect.width, count: rect.height, radius) }
  }

  private mutating func dilate(first: Int, step: Int, count: Int, _ radius: Int) {
    // Pixels up to the next marked one, from both sides.
    var distance = radius + 1
    for i in 0..<count {
      let at = first + i * step
      distance = mask[at] == 1 ? 0 : distance + 1
      if mask[at] == 0, distance <= radius { mask[at] = 2 }
    }
    distance = radius + 1
    for i in (0..<count).reversed() {
      let at = first + i * step
      distance = mask[at] == 1 ? 0 : distance + 1
      if mask[at] == 0, distance <= radius { mask[at] = 2 }
    }
    for i in 0..<count where mask[first + i * step] == 2 { mask[first + i * step] = 1 }
  }
}
