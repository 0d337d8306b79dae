import Recognition
import XCTest

final class SimilarTests: XCTestCase {
  func testTheNearestOfTheWindowIsThatOfLookingAtAll() {
    var generator = SystemRandomNumberGenerator()
    let seeds = (0..<40).map { _ in UInt64.random(in: .min ... .max, using: &generator) }
    for radius in [0, 3, 4, 9, 15] {
      var window = RollingHammingIndex(radius: radius)
      var all: [UInt64] = []
      for n in 0..<1200 {
        var hash = seeds.randomElement()!
        for _ in 0..<Int.random(in: 0...20) { hash ^= 1 << UInt64.random(in: 0..<64) }
        let allowed = { (number: Int) in number % 7 != 0 }
        let expected = all.indices.filter { $0 >= window.first && allowed($0) }
          .map { (distance: (all[$0] ^ hash).nonzeroBitCount, number: $0) }.filter { $0.distance <= radius }.min(by: <)
        let found = window.nearest(to: hash, where: allowed)
        XCTAssertEqual(found?.number, expected?.number)
        XCTAssertEqual(found?.distance, expected?.distance)
        XCTAssertEqual(window.append(hash), n)
        all.append(hash)
        if n >= 500 { window.forget(through: n - 500) }
      }
      XCTAssertEqual(window.count, 500)
    }
  }

  /// As OpenCV 4.6's averageHash, pHash and blockMeanHash (mode 0) have it, for the same pixels.
  func testTheHashesAreThoseOfOpenCV() {
    let expected: [PerceptualHash: [String]] = [
      .average: ["c8b085e0fad352b0", "98f0f4c0e4cec9fc", "ece8d0bc60daecec"],
      .phash: ["91bafefea7b71ed5", "75f6dd9aff75ff43", "81fe7df63af1de7e"],
      .block: [
        "00fc00fe00fe00fe00fc00fe00ff00ff00ff00ff00ff00ff80ff80ff80ffc0ff",
        "00f800f800fc00fc00fe00fc00fe00ff00ff80ff80ffc0ffc0ffc0ffe0ffe0ff",
        "00e000f000fc00fc00fc00fc00ff00ff00ff80ff80ffe0ffe0ffe0fff0fff8ff",
      ],
    ]
    for (hash, texts) in expected {
      for (seed, text) in zip(1..., texts) {
        var state = UInt32(seed)
        let side = hash.side
        let grey = (0..<side * side).map { index -> UInt8 in
          state = state &* 1_664_525 &+ 1_013_904_223
          return UInt8(min(255, Int(state >> 24) / 2 + index % side * 100 / side + seed * 20 * (index / side) / side))
        }
        let words = grey.withUnsafeBufferPointer { hash($0) }
        let bytes = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
        XCTAssertEqual(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(), text, "\(hash) \(seed)")
      }
    }
  }

  func testPicturesWithoutContrastAreComparedByColour() {
    var index = FingerprintIndex(bits: 64)
    func cells(_ blue: UInt8, _ green: UInt8, _ red: UInt8) -> [UInt8] { (0..<16).flatMap { _ in [blue, green, red] } }
    let colours = [
      cells(0, 0, 0), cells(255, 255, 255), cells(0, 0, 200), cells(200, 0, 0), cells(128, 128, 128),
      // The grey again, as JPEG changes it; a red and blue board whose mean is one colour.
      cells(126, 129, 128), (0..<16).flatMap { $0 % 2 == 0 ? [200, 0, 0] : [0, 0, 200] as [UInt8] },
      cells(100, 0, 100),
    ]
    index.append(.hash([0]))
    for colour in colours { index.append(.colours(colour)) }
    index.append(.hash([1]))
    for _ in 0..<3000 { index.append(.colours(cells(250, 250, 250))) }
    var groups = DisjointSets(count: index.count)
    index.pairs(within: 4) { groups.join($0, $1) }
    let found = groups.groups()
    XCTAssertEqual(found.count, 3)
    XCTAssertTrue(found.contains([0, 9]), "hashes")
    XCTAssertTrue(found.contains([5, 6]), "colours")
    XCTAssertTrue(found.contains([2] + Array(10..<3010)), "white and nearly white")
    XCTAssertEqual(index.relation(0, 9).distance, 1)
    XCTAssertEqual(index.relation(5, 6).distance, 0)
  }

  func testContrast() {
    func isPlain(_ values: [UInt8]) -> Bool { values.withUnsafeBufferPointer { PerceptualHash.isPlain($0) } }
    XCTAssertTrue(isPlain([UInt8](repeating: 77, count: 1024)))
    XCTAssertTrue(isPlain((0..<1024).map { 100 + UInt8($0 % 4) }))
    XCTAssertFalse(isPlain((0..<1024).map { UInt8($0 / 32) }))
    XCTAssertFalse(isPlain((0..<1024).map { $0 < 20 ? 200 : 255 }))
  }

  func testThePairsAreThoseOfAllPairs() {
    for (bits, radius) in [(64, 0), (64, 3), (64, 8), (64, 13), (256, 16), (256, 20)] {
      var state: UInt64 = 7
      func random() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
      }
      var index = HammingIndex(bits: bits)
      var hashes: [[UInt64]] = []
      for n in 0..<400 {
        var hash = (0..<bits / 64).map { _ in random() }
        // Neighbours of earlier ones, and some that are equal.
        if n > 50, n % 2 == 0 {
          hash = hashes[Int(random() >> 33) % n]
          for _ in 0..<Int(random() >> 33) % (radius + 4) {
            let bit = Int(random() >> 33) % bits
            hash[bit / 64] ^= 1 << UInt64(bit % 64)
          }
        }
        hashes.append(hash)
        index.append(hash)
      }
      var (found, all) = (DisjointSets(count: 400), DisjointSets(count: 400))
      index.pairs(within: radius) { a, b in
        XCTAssertLessThanOrEqual(index.distance(a, b), radius)
        found.join(a, b)
      }
      for a in 0..<400 { for b in a + 1..<400 where index.distance(a, b) <= radius { all.join(a, b) } }
      XCTAssertEqual(found.groups(), all.groups(), "\(bits) bits, \(radius)")
    }
  }
}
