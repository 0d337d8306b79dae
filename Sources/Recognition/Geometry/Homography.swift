/// A projective map of the plane, row-major 3 x 3.
public struct Homography: Hashable, Sendable {
  public var m: [Double]

  public init(_ m: [Double]) {
    precondition(m.count == 9)
    self.m = m
  }

  public static func scale(_ x: Double, _ y: Double, by offset: (x: Double, y: Double) = (0, 0)) -> Homography {
    Homography([x, 0, offset.x, 0, y, offset.y, 0, 0, 1])
  }

  /// The composition: first `other`, then this.
  public func after(_ other: Homography) -> Homography {
    var product = [Double](repeating: 0, count: 9)
    for row in 0..<3 {
      for column in 0..<3 {
        for k in 0..<3 { product[3 * row + column] += m[3 * row + k] * other.m[3 * k + column] }
      }
    }
    return Homography(product)
  }

  public func apply(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
    let w = m[6] * x + m[7] * y + m[8]
    return ((m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w)
  }

  /// Maps the corners of a rectangle of `width` x `height`, clockwise from the upper left, to `quad`; nil if three of its
  /// points are on a line.
  public init?(rectangle width: Double, _ height: Double, to quad: [Point]) {
    // Heckbert, "Fundamentals of Texture Mapping and Image Warping", 1989: the unit square to a quadrilateral.
    let x = quad.map { Double($0.x) }
    let y = quad.map { Double($0.y) }
    let (dx1, dx2, sx) = (x[1] - x[2], x[3] - x[2], x[0] - x[1] + x[2] - x[3])
    let (dy1, dy2, sy) = (y[1] - y[2], y[3] - y[2], y[0] - y[1] + y[2] - y[3])
    let determinant = dx1 * dy2 - dx2 * dy1
    guard abs(determinant) > 1e-9, width > 0, height > 0 else { return nil }
    let g = (sx * dy2 - dx2 * sy) / determinant
    let h = (dx1 * sy - sx * dy1) / determinant
    let unit = Homography([
      x[1] - x[0] + g * x[1], x[3] - x[0] + h * x[3], x[0], y[1] - y[0] + g * y[1], y[3] - y[0] + h * y[3], y[0], g,
      h, 1,
    ])
    self = unit.after(.scale(1 / width, 1 / height))
  }

  /// The similarity (rotation, one scale, translation) that maps `points` closest to `targets` (Umeyama, "Least-
  /// squares estimation of transformation parameters between two point patterns", 1991), inverted: from the
  /// frame of the targets to that of the points. nil if all points are equal.
  public init?(from targets: [(x: Double, y: Double)], toNear points: [Point]) {
    let n = Double(points.count)
    guard points.count == targets.count, n > 1 else { return nil }
    let source = (x: points.reduce(0) { $0 + Double($1.x) } / n, y: points.reduce(0) { $0 + Double($1.y) } / n)
    let target = (x: targets.reduce(0) { $0 + $1.x } / n, y: targets.reduce(0) { $0 + $1.y } / n)
    var (a, b, spread) = (0.0, 0.0, 0.0)
    for (point, goal) in zip(points, targets) {
      let (px, py) = (Double(point.x) - source.x, Double(point.y) - source.y)
      let (gx, gy) = (goal.x - target.x, goal.y - target.y)
      a += px * gx + py * gy
      b += px * gy - py * gx
      spread += px * px + py * py
    }
    guard spread > 0 else { return nil }
    (a, b) = (a / spread, b / spread)
    let square = a * a + b * b
    guard square > 0 else { return nil }
    let (c, s) = (a / square, b / square)
    self.init([
      c, s, source.x - c * target.x - s * target.y, -s, c, source.y + s * target.x - c * target.y, 0, 0, 1,
    ])
  }
}
