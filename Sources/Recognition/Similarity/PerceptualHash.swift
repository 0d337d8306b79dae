import Platform

/// Hashes of grey pictures that differ little if the pictures do; bit for bit those of OpenCV's img_hash, for a slot
/// that already has the hash's size.
public enum PerceptualHash: String, Sendable, CaseIterable {
  /// Brighter than the mean, at 8x8.
  case average
  /// The signs of the low frequencies at 32x32.
  case phash
  /// Brighter than the mean, at 16x16 blocks: 256 bits.
  case block

  public var bits: Int { self == .block ? 256 : 64 }

  /// Side of the grey square that is hashed.
  public var side: Int {
    switch self {
    case .average: 8
    case .phash: 32
    case .block: 256
    }
  }

  /// The hash of `side * side` grey samples, 64 bits per word, the first bit lowest.
  public func callAsFunction(_ grey: UnsafeBufferPointer<UInt8>) -> [UInt64] {
    precondition(grey.count == side * side)
    switch self {
    case .average:
      let mean = (Double(grey.reduce(0) { $0 + Int($1) }) / 64).rounded(.toNearestOrEven)
      return Self.words(64) { Double(grey[$0]) > mean }
    case .phash:
      let low = Self.lowFrequencies(grey)
      let mean = Float(low.reduce(0) { $0 + Double($1) } / 64)
      return Self.words(64) { low[$0] > mean }
    case .block:
      let mean = Double(grey.reduce(0) { $0 + Int($1) }) / 65536
      let blocks = (0..<256).map { block in
        var sum = 0
        for y in 0..<16 { for x in 0..<16 { sum += Int(grey[(block / 16 * 16 + y) * 256 + block % 16 * 16 + x]) } }
        return Double(sum) / 256
      }
      return Self.words(256) { blocks[$0] >= mean }
    }
  }

  /// The hash of the mirror image: left and right exchanged.
  public func callAsFunction(mirrored grey: UnsafeBufferPointer<UInt8>) -> [UInt64] {
    let mirrored = grey.indices.map { grey[$0 / side * side + side - 1 - $0 % side] }
    return mirrored.withUnsafeBufferPointer { self($0) }
  }

  private static func words(_ bits: Int, _ isSet: (Int) -> Bool) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: bits / 64)
    for bit in 0..<bits where isSet(bit) { words[bit / 64] |= 1 << UInt64(bit % 64) }
    return words
  }

  /// The upper left 8x8 of the orthonormal DCT-II of 32x32 samples, without the mean.
  private static func lowFrequencies(_ grey: UnsafeBufferPointer<UInt8>) -> [Float] {
    var rows = [Double](repeating: 0, count: 8 * 32)
    for y in 0..<32 {
      for u in 0..<8 {
        var sum = 0.0
        for x in 0..<32 { sum += Double(grey[y * 32 + x]) * cosines[u * 32 + x] }
        rows[u * 32 + y] = sum
      }
    }
    var low = [Float](repeating: 0, count: 64)
    for v in 0..<8 {
      for u in 0..<8 where u + v > 0 {
        var sum = 0.0
        for y in 0..<32 { sum += rows[u * 32 + y] * cosines[v * 32 + y] }
        low[v * 8 + u] = Float(sum)
      }
    }
    return low
  }

  private static let cosines: [Double] = {
    var table: [Double] = []
    for u in 0..<8 {
      let factor: Double = u == 0 ? 0.17677669529663687 : 0.25
      for x in 0..<32 {
        let angle = Double.pi * Double((2 * x + 1) * u) / 64
        table.append(factor * cos(angle))
      }
    }
    return table
  }()
}
