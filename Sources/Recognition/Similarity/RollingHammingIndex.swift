/// Finds, among 64-bit hashes that come one after another, the nearest within a radius without comparing all of them:
/// multi-index hashing (Norouzi, Punjani and Fleet, 2012) over four parts of 16 bits. The oldest can be forgotten.
///
/// About 24 bytes per hash, and 2 MiB.
public struct RollingHammingIndex: Sendable {
  private let radius: Int
  private let masks: [Int]
  /// For each part and each of its values, the numbers of the hashes, ascending.
  private var buckets = [[Int32]](repeating: [], count: 4 * 65536)
  private var hashes: [UInt64] = []
  /// Number of the oldest hash that is not forgotten.
  public private(set) var first = 0
  /// Number of `hashes[0]`.
  private var base = 0

  /// Precondition: `radius` is 0 to 15; beyond that most buckets would have to be searched.
  public init(radius: Int) {
    precondition((0...15).contains(radius))
    self.radius = radius
    masks = (0..<65536).filter { $0.nonzeroBitCount <= radius / 4 }
  }

  /// Hashes that are not forgotten.
  public var count: Int { base + hashes.count - first }

  /// Appends a hash; returns its number, counted from 0.
  public mutating func append(_ hash: UInt64) -> Int {
    let number = base + hashes.count
    hashes.append(hash)
    for part in 0..<4 {
      let bucket = part << 16 | Int(hash >> UInt64(16 * part) & 0xffff)
      // Forgotten hashes leave a bucket when it is used.
      if let oldest = buckets[bucket].first, Int(oldest) < first {
        buckets[bucket].removeAll { Int($0) < first }
      }
      buckets[bucket].append(Int32(truncatingIfNeeded: number))
    }
    return number
  }

  /// Forgets all hashes up to `number`.
  public mutating func forget(through number: Int) {
    first = max(first, min(number + 1, base + hashes.count))
    // Moved in batches, not each time.
    if first - base > max(4096, hashes.count / 2) {
      hashes.removeFirst(first - base)
      base = first
    }
  }

  /// The nearest hash within the radius that is `allowed`; the oldest of equally near ones.
  public func nearest(to hash: UInt64, where allowed: (Int) -> Bool) -> (number: Int, distance: Int)? {
    var best: (number: Int, distance: Int)?
    for part in 0..<4 {
      let own = Int(hash >> UInt64(16 * part) & 0xffff)
      for mask in masks {
        for entry in buckets[part << 16 | own ^ mask] where Int(entry) >= first {
          let number = Int(entry)
          let distance = (hashes[number - base] ^ hash).nonzeroBitCount
          guard distance <= radius else { continue }
          if let best, (best.distance, best.number) <= (distance, number) { continue }
          if allowed(number) { best = (number, distance) }
        }
      }
    }
    return best
  }
}
