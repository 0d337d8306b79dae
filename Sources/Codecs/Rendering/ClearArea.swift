import Recognition

/// A convex part of the picture that labels do not cover: a line of text, a plate, a face, a small object.
struct ClearArea {
  private let corners: [Point]
  private let left, top, right, bottom: Float
  private let isUpright: Bool
  /// What a covered pixel costs.
  private(set) var weight: Float

  /// `corners` go round the area, in pixels.
  init(_ corners: [Point], weight: Float) {
    self.corners = corners
    self.weight = weight
    let (xs, ys) = (corners.map(\.x), corners.map(\.y))
    let (left, right, top, bottom) = (xs.min() ?? 0, xs.max() ?? 0, ys.min() ?? 0, ys.max() ?? 0)
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
    isUpright =
      corners.count == 4
      && corners.allSatisfy { ($0.x == left || $0.x == right) && ($0.y == top || $0.y == bottom) }
  }

  func weighing(_ weight: Float) -> ClearArea {
    var area = self
    area.weight = weight
    return area
  }

  /// Pixels of the area in `rect`, exact for convex areas: the polygon is cut at the sides of `rect` (Sutherland, Hodgman).
  func overlap(_ rect: PixelRect) -> Float {
    let (from, above) = (Float(rect.x), Float(rect.y))
    let (to, below) = (Float(rect.x + rect.width), Float(rect.y + rect.height))
    let width = min(to, right) - max(from, left)
    let height = min(below, bottom) - max(above, top)
    guard width > 0, height > 0 else { return 0 }
    if isUpright { return width * height }
    var polygon = corners
    polygon = Self.cut(polygon) { $0.x - from }
    polygon = Self.cut(polygon) { to - $0.x }
    polygon = Self.cut(polygon) { $0.y - above }
    polygon = Self.cut(polygon) { below - $0.y }
    var area: Float = 0
    for (index, point) in polygon.enumerated() {
      let next = polygon[(index + 1) % polygon.count]
      area += point.x * next.y - next.x * point.y
    }
    return abs(area) / 2
  }

  /// The part of a polygon where `depth`, which is linear, is not negative.
  private static func cut(_ polygon: [Point], _ depth: (Point) -> Float) -> [Point] {
    var kept: [Point] = []
    for (index, point) in polygon.enumerated() {
      let next = polygon[(index + 1) % polygon.count]
      let (here, there) = (depth(point), depth(next))
      if here >= 0 { kept.append(point) }
      if (here < 0) != (there < 0) {
        let part = here / (here - there)
        kept.append(Point(x: point.x + part * (next.x - point.x), y: point.y + part * (next.y - point.y)))
      }
    }
    return kept
  }
}
