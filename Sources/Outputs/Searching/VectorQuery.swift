import CVectors

/// The direction that a search compares vectors with.
public struct VectorQuery: Sendable {
  /// Of length 1.
  let values: [Double]
  /// The same, rounded.
  let rounded: [Float]

  /// The mean of the directions of `vectors`, which have one number of numbers; nil if it is none, as that of a vector of
  /// zeros or of two opposite ones.
  public init?(_ vectors: [[Float]]) {
    guard let first = vectors.first, !first.isEmpty else { return nil }
    var total = [Double](repeating: 0, count: first.count)
    for vector in vectors {
      guard vector.count == total.count, let unit = Self.unit(vector.map(Double.init)) else { return nil }
      for index in total.indices { total[index] += unit[index] }
    }
    // Opposite directions leave what rounding leaves.
    guard let values = Self.unit(total, atLeast: 1e-9 * Double(vectors.count)) else { return nil }
    self.values = values
    rounded = values.map(Float.init)
  }

  /// Number of numbers.
  public var count: Int { values.count }

  private static func unit(_ vector: [Double], atLeast least: Double = 0) -> [Double]? {
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length.isFinite && length > least ? vector.map { $0 / length } : nil
  }

  /// The cosine between the query and the `count` numbers at `vector`, -1 to 1, computed in f64; nil if they are no
  /// direction: all zero, or not finite.
  func cosine(_ vector: UnsafePointer<Float>) -> Double? {
    var (product, square) = (0.0, 0.0)
    cvectors_product_f64(vector, values.count, values, &product, &square)
    guard square.isFinite, square > 0 else { return nil }
    return min(1, max(-1, product / square.squareRoot()))
  }

  /// Bound of the error of a cosine that is computed in f32: in `cvectors_products_f32` a number passes through a
  /// thirty-second of the additions, and six more.
  var roundingError: Float {
    let additions = Float(values.count / 32 + 8)
    return (1.5 * additions + 8) * 0x1p-24 * 2
  }
}
