/// Checks of a network's numbers before they become an answer: a damaged file, a wrong card or an overflow in float16
/// gives NaN, infinities and absurd classes, which must fail the image and not look like "nothing found".
enum OutputCheck {
  /// A probability may exceed 1 by the rounding of 8-bit networks; beyond this it is none.
  static let maxProbability: Float = 1.1
  /// Number of classes of a network without labels.
  static let maxClasses = 1_000_000
  /// Distance from the origin, in pixels, beyond which a point is no position.
  static let maxCoordinate: Float = 1e7

  /// Whether no value is NaN or infinite: the exponent's bits are not all set.
  ///
  /// 16 values at a time, because every score of a run is checked: 300,000 values (YOLOX-Nano at 416) take 0.05 ms.
  static func isFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
    guard let base = values.baseAddress else { return true }
    let raw = UnsafeRawPointer(base)
    let exponent = SIMD16<UInt32>(repeating: 0x7f80_0000)
    var isBroken = SIMDMask<SIMD16<Int32>>(repeating: false)
    var index = 0
    while index + 16 <= values.count {
      let bits = raw.loadUnaligned(fromByteOffset: 4 * index, as: SIMD16<UInt32>.self)
      isBroken .|= (bits & exponent) .== exponent
      index += 16
    }
    while index < values.count {
      guard values[index].isFinite else { return false }
      index += 1
    }
    return !any(isBroken)
  }

  /// Throws unless every value is finite; `what` names them in the message.
  static func finite(_ values: UnsafeBufferPointer<Float>, _ what: @autoclosure () -> String) throws(Failure) {
    guard !isFinite(values) else { return }
    let first = values.first { !$0.isFinite } ?? .nan
    throw unexpected(what(), first)
  }

  /// Throws unless the values of a candidate are finite.
  @inline(__always)
  static func finite(
    _ values: UnsafeBufferPointer<Float>, _ range: Range<Int>, _ what: @autoclosure () -> String
  ) throws(Failure) {
    for index in range where !values[index].isFinite { throw unexpected(what(), values[index]) }
  }

  /// The probability `value`, at most 1.
  ///
  /// Throws if it is not finite, or so large that it cannot be one.
  @inline(__always)
  static func probability(_ value: Float) throws(Failure) -> Float {
    guard value.isFinite, value <= maxProbability else { throw unexpected("a score", value) }
    return min(value, 1)
  }

  /// The class that a network gives as a number, counted from `first`; `labels` is the number of the card's labels, 0
  /// if it has none.
  static func classIndex(_ value: Float, first: Int = 0, labels: Int) throws(Failure) -> Int {
    let (id, isTooLarge) = Int(exactly: value)?.subtractingReportingOverflow(first) ?? (0, true)
    guard !isTooLarge, id >= 0, id < (labels > 0 ? labels : maxClasses) else {
      throw Failure(
        .interpret, .unexpectedOutput, "the network gave class \(value), the card has \(labels) labels from \(first) on"
      )
    }
    return id
  }

  /// Throws unless each is a position.
  static func positions(_ points: [Point]) throws(Failure) {
    for point in points {
      guard abs(point.x) <= maxCoordinate else { throw unexpected("a coordinate", point.x) }
      guard abs(point.y) <= maxCoordinate else { throw unexpected("a coordinate", point.y) }
    }
  }

  static func unexpected(_ what: String, _ value: Float) -> Failure {
    Failure(.interpret, .unexpectedOutput, "the network gave \(value) for \(what)")
  }
}
