/// Finds all pairs of hashes within a distance without comparing all pairs: multi-index hashing (Norouzi, Punjani and
/// Fleet, 2012). Two hashes of distance at most r agree, in at least one of m parts, up to r / m bits.
public struct HammingIndex: Sendable {
  private let words: Int
  private var hashes: [UInt64] = []
  public private(set) var count = 0

  /// For hashes of `bits`, a multiple of 64.
  public init(bits: Int) { words = bits / 64 }

  public mutating func append(_ hash: [UInt64]) {
    precondition(hash.count == words)
    hashes.append(contentsOf: hash)
    count += 1
  }

  public func distance(_ a: Int, _ b: Int) -> Int {
    var sum = 0
    for word in 0..<words { sum += (hashes[a * words + word] ^ hashes[b * words + word]).nonzeroBitCount }
    return sum
  }

  /// Calls `body` with each pair `a < b` within `radius` at least once; a pair may come again.
  ///
  /// Equal hashes are chained and not compared all with all: a thousand copies give 999 pairs.
  public func pairs(within radius: Int, _ body: (_ a: Int, _ b: Int) -> Void) {
    var order = Array(0..<Int32(count))
    order.sort {
      hashes[Int($0) * words..<(Int($0) + 1) * words].lexicographicallyPrecedes(
        hashes[Int($1) * words..<(Int($1) + 1) * words])
    }
    // Continues with one hash of each value.
    var distinct: [Int32] = []
    for item in order {
      if let last = distinct.last, distance(Int(last), Int(item)) == 0 {
        body(min(Int(last), Int(item)), max(Int(last), Int(item)))
      } else {
        distinct.append(item)
      }
    }
    guard radius > 0 else { return }
    // Parts of 16 bits: the buckets of a million hashes hold 15 each.
    let parts = words * 4
    let within = radius / parts
    let masks = Self.masks(flipping: within)
    for part in 0..<parts {
      let key = { (item: Int32) in Int(hashes[Int(item) * words + part / 4] >> UInt64(part % 4 * 16) & 0xffff) }
      var starts = [Int32](repeating: 0, count: 65537)
      for item in distinct { starts[key(item) + 1] += 1 }
      for bucket in 0..<65536 { starts[bucket + 1] += starts[bucket] }
      var next = starts
      var sorted = [Int32](repeating: 0, count: distinct.count)
      for item in distinct {
        sorted[Int(next[key(item)])] = item
        next[key(item)] += 1
      }
      for item in distinct {
        let own = key(item)
        for mask in masks {
          let bucket = own ^ mask
          for index in Int(starts[bucket])..<Int(starts[bucket + 1]) where sorted[index] > item {
            if distance(Int(item), Int(sorted[index])) <= radius { body(Int(item), Int(sorted[index])) }
          }
        }
      }
    }
  }

  /// All 16-bit words with at most `bits` bits set.
  private static func masks(flipping bits: Int) -> [Int] { (0..<65536).filter { $0.nonzeroBitCount <= bits } }
}
