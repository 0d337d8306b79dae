import Platform

/// The directions of any number of vectors in bounded memory: their mean, their spread, and a sample.
public struct VectorCloud: Sendable {
  /// A vector of length 1, and the number that decides whether it is in the sample.
  private struct Member: Sendable {
    var key: UInt64
    var vector: [Float]
  }

  /// Largest sample: enough to know how many directions the cloud has.
  public static let sampleSize = 256

  public private(set) var count = 0
  /// Length of the vectors; 0 before the first.
  public private(set) var dimension = 0
  /// Vectors of another length, or without a direction.
  public private(set) var leftOut = 0
  private var sum: [Double] = []
  /// A heap, the largest key first.
  private var members: [Member] = []

  public init() {}

  /// Adds a vector. The sample holds those with the smallest keys: hashes of names, so that it does not depend on the
  /// order.
  public mutating func add(_ vector: [Float], key: UInt64) {
    if dimension == 0 {
      dimension = vector.count
      sum = [Double](repeating: 0, count: vector.count)
    }
    guard vector.count == dimension, let unit = Self.unit(vector) else {
      leftOut += 1
      return
    }
    count += 1
    for index in 0..<dimension { sum[index] += Double(unit[index]) }
    if members.count < Self.sampleSize {
      members.append(Member(key: key, vector: unit))
      var child = members.count - 1
      while child > 0, members[child].key > members[(child - 1) / 2].key {
        members.swapAt(child, (child - 1) / 2)
        child = (child - 1) / 2
      }
    } else if key < members[0].key {
      members[0] = Member(key: key, vector: unit)
      sink()
    }
  }

  /// The vector of length 1 in the direction of `vector`; nil if it has none.
  public static func unit(_ vector: [Float]) -> [Float]? {
    let length = vector.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
    guard length > 0, length.isFinite else { return nil }
    return vector.map { $0 / length }
  }

  /// The sample.
  public var sample: [[Float]] { members.map(\.vector) }

  public var mean: [Double] { sum.map { $0 / Double(max(1, count)) } }

  /// Sum of the variances of the components.
  var spread: Double {
    guard count > 1 else { return 0 }
    // Each vector has length 1.
    let length = mean.reduce(0) { $0 + $1 * $1 }
    return max(0, (1 - length) * Double(count) / Double(count - 1))
  }

  /// Sum of the squares of the covariance matrix, from the sample.
  var squaredCovariance: Double {
    let number = members.count
    guard number > 1 else { return 0 }
    let centre = mean.map(Float.init)
    let rows = members.map { member in zip(member.vector, centre).map { $0 - $1 } }
    var sum = 0.0
    for i in 1..<number {
      for j in 0..<i {
        let product = Double(Self.dot(rows[i], rows[j]))
        sum += product * product
      }
    }
    return 2 * sum / Double(number * (number - 1))
  }

  /// Scalar product of two vectors of one length.
  public static func dot(_ a: [Float], _ b: [Float]) -> Float {
    var sums = SIMD8<Float>.zero
    var rest: Float = 0
    let count = min(a.count, b.count)
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        var index = 0
        while index + 8 <= count {
          let x = UnsafeRawPointer(a.baseAddress! + index).loadUnaligned(as: SIMD8<Float>.self)
          let y = UnsafeRawPointer(b.baseAddress! + index).loadUnaligned(as: SIMD8<Float>.self)
          sums += x * y
          index += 8
        }
        while index < count {
          rest += a[index] * b[index]
          index += 1
        }
      }
    }
    return sums.sum() + rest
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var largest = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < members.count && members[child].key > members[largest].key { largest = child }
      if largest == parent { return }
      members.swapAt(parent, largest)
      parent = largest
    }
  }
}

/// How far the centroids of two clouds are apart.
public struct CentroidDifference: Sendable, Equatable {
  /// 1 - cosine of the two means.
  public private(set) var cosine = 0.0
  /// Distance of the means, less what chance alone gives, in units of the spread of the vectors around their mean.
  public private(set) var shift = 0.0
  public private(set) var p = 1.0

  /// Shift of vectors without a spread.
  private static let largest = 1000.0

  /// The squared distance of the means of two samples of one population is distributed as a sum of squares with as many
  /// degrees of freedom as the cloud has directions, (tr Σ)² / tr Σ² (Box 1954).
  public init(_ first: VectorCloud, _ second: VectorCloud) {
    guard first.count > 1, second.count > 1, first.dimension == second.dimension else { return }
    let (a, b) = (first.mean, second.mean)
    let (n1, n2) = (Double(first.count), Double(second.count))
    var (distance, product, length1, length2) = (0.0, 0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      distance += (x - y) * (x - y)
      product += x * y
      length1 += x * x
      length2 += y * y
    }
    let lengths = (length1 * length2).squareRoot()
    cosine = lengths > 0 ? max(0, 1 - product / lengths) : 0
    let spread = (n1 * first.spread + n2 * second.spread) / (n1 + n2)
    let chance = first.spread / n1 + second.spread / n2
    guard spread > 0, chance > 0 else {
      // All vectors of each run are the same.
      (shift, p) = distance > 1e-12 ? (Self.largest, 0) : (0, 1)
      return
    }
    shift = min(Self.largest, (max(0, distance - chance) / spread).squareRoot())
    let squares = (n1 * first.squaredCovariance + n2 * second.squaredCovariance) / (n1 + n2)
    guard squares > 0 else { return }
    let degrees = max(1, spread * spread / squares)
    p = Distribution.chiSquareTail(distance / chance * degrees, degrees: degrees)
  }
}
