import Platform

/// A rectangle at any angle.
struct Rectangle {
  var centre: Point
  /// Extents along (cos, sin), and across it.
  var width: Float
  var height: Float
  var cos: Float
  var sin: Float

  /// The rectangle of least area around `points`; nil if there are none.
  init?(around points: [Point]) {
    let hull = Self.hull(points)
    guard let first = hull.first else { return nil }
    self.init(centre: first, width: 0, height: 0, cos: 1, sin: 0)
    guard hull.count > 1 else { return }
    var minArea = Float.infinity
    // One of its sides coincides with a side of the hull (Freeman and Shapira, 1975).
    for (index, a) in hull.enumerated() {
      let b = hull[(index + 1) % hull.count]
      let length = a.distance(to: b)
      guard length > 0 else { continue }
      let (c, s) = ((b.x - a.x) / length, (b.y - a.y) / length)
      var (low, high, near, far) = (Float.infinity, -Float.infinity, Float.infinity, -Float.infinity)
      for point in hull {
        let (u, v) = (point.x * c + point.y * s, point.y * c - point.x * s)
        (low, high, near, far) = (min(low, u), max(high, u), min(near, v), max(far, v))
      }
      let area = (high - low) * (far - near)
      guard area < minArea else { continue }
      minArea = area
      let (u, v) = ((low + high) / 2, (near + far) / 2)
      self.init(
        centre: Point(x: u * c - v * s, y: u * s + v * c), width: high - low, height: far - near, cos: c, sin: s)
    }
  }

  private init(centre: Point, width: Float, height: Float, cos: Float, sin: Float) {
    self.centre = centre
    self.width = width
    self.height = height
    self.cos = cos
    self.sin = sin
  }

  func grown(by distance: Float) -> Rectangle {
    Rectangle(centre: centre, width: width + 2 * distance, height: height + 2 * distance, cos: cos, sin: sin)
  }

  /// The corners in order.
  var corners: [Point] {
    let signs: [(Float, Float)] = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    return signs.map { side in
      let (u, v) = (side.0 * width / 2, side.1 * height / 2)
      return Point(x: centre.x + u * cos - v * sin, y: centre.y + u * sin + v * cos)
    }
  }

  /// Andrew's monotone chain.
  private static func hull(_ points: [Point]) -> [Point] {
    let sorted = points.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
    guard sorted.count > 2 else { return sorted }
    func chain(_ points: some Sequence<Point>) -> [Point] {
      var chain: [Point] = []
      for point in points {
        while chain.count > 1 {
          let (a, b) = (chain[chain.count - 2], chain[chain.count - 1])
          guard (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x) <= 0 else { break }
          chain.removeLast()
        }
        chain.append(point)
      }
      return Array(chain.dropLast())
    }
    return chain(sorted) + chain(sorted.reversed())
  }
}
