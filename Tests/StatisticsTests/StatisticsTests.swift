import TestSupport
import XCTest

@testable import Statistics

/// Expected values are those of SciPy 1.17, unless stated otherwise.
final class StatisticsTests: XCTestCase {
  /// Within a relative error.
  private func assertClose(
    _ value: Double, _ expected: Double, within accuracy: Double = 1e-9, file: StaticString = #filePath,
    line: UInt = #line
  ) {
    XCTAssertEqual(value, expected, accuracy: abs(expected) * accuracy, file: file, line: line)
  }

  func testIncompleteGammaFunction() {
    // scipy.special.gammaincc
    for (a, x, expected) in [
      (0.5, 0.1, 0.6547208460185768), (0.5, 5, 0.001565402258002549), (3, 2, 0.6766764161830634),
      (10, 30, 7.121750862815593e-06), (100, 80, 0.9828916869648668), (1000, 1100, 0.0010593232539299773),
      (50000, 50500, 0.012868840377233648),
    ] {
      assertClose(Distribution.upperGamma(a, x), expected)
    }
    XCTAssertEqual(Distribution.upperGamma(1, 0), 1)
    XCTAssertEqual(Distribution.upperGamma(1, .infinity), 0)
    // scipy.special.gammaln
    for (x, expected) in [
      (0.1, 2.252712651734206), (0.5, 0.5723649429247), (1.5, -0.12078223763524526), (7.3, 7.147892523022249),
      (100, 359.1342053695754), (1e6, 12815504.569147611),
    ] {
      assertClose(Distribution.logGamma(x), expected, within: 1e-12)
    }
  }

  func testKolmogorovsDistribution() {
    // scipy.special.kolmogorov
    for (x, expected) in [
      (0.3, 0.9999906941986655), (0.5, 0.9639452436648751), (0.8, 0.5441424115741981), (1.0, 0.26999967167735456),
      (1.36, 0.049485876755377876), (2.0, 0.0006709252557796953), (3.0, 3.045995948942526e-08),
    ] {
      assertClose(Distribution.kolmogorovTail(x), expected)
    }
    XCTAssertEqual(Distribution.kolmogorovTail(0), 1)
  }

  func testFishersExactTest() {
    // scipy.stats.fisher_exact; h by its definition.
    for (a, n1, b, n2, p, h) in [
      (2, 100, 9, 100, 0.058220717580287525, 0.32559119882246723),
      (0, 50, 6, 50, 0.026661076308390465, 0.7074832117793429),
      (30, 300, 55, 300, 0.004739266147106087, 0.24144225338290137),
      (0, 1000, 10, 1000, 0.0019094651653416143, 0.2003348423231196),
    ] {
      let difference = RateDifference(hits: a, of: n1, now: b, of: n2)
      assertClose(difference.p, p, within: 1e-7)
      assertClose(difference.h, h)
      assertClose(RateDifference(hits: b, of: n2, now: a, of: n1).h, -h)
    }
    XCTAssertEqual(RateDifference(hits: 0, of: 40, now: 0, of: 3).p, 1)
    XCTAssertEqual(RateDifference(hits: 0, of: 0, now: 1, of: 3).p, 1)
    // So many that the other test answers: a difference of 2 standard errors.
    let many = RateDifference(hits: 500_000, of: 1_000_000, now: 501_414, of: 1_000_000)
    XCTAssertEqual(many.p, 0.0455, accuracy: 0.001)
  }

  func testChiSquare() {
    // scipy.stats.chi2_contingency of a table of many counts, where both distributions are the same.
    let common = Homogeneity([30, 50, 20, 100], [45, 40, 35, 80])
    assertClose(common.chiSquare, 10.424242424242424)
    XCTAssertEqual(common.degrees, 3)
    XCTAssertEqual(common.p, 0.0152837, accuracy: 0.0005)
    // 30 labels that occur once, 20 twice, 10 three times, 4 eight times and one 40 times, in 40,000 permutations of
    // two fifths and three fifths: mean 64.39, variance 45.2, quantiles 90 % 73.1, 99 % 81.0, 99.9 % 86.3.
    let totals: [Double] =
      Array(repeating: 1, count: 30) + Array(repeating: 2, count: 20)
      + Array(repeating: 3, count: 10) + Array(repeating: 8, count: 4) + [40]
    let rare = Homogeneity(totals.map { $0 * 68 / 172 }, totals.map { $0 * 104 / 172 })
    XCTAssertEqual(rare.degrees, totals.count - 1)
    XCTAssertEqual(rare.chiSquare, 0, accuracy: 1e-9)
    XCTAssertEqual(rare.p, 1, accuracy: 1e-9)
    XCTAssertEqual(rare.mean, 64.39, accuracy: 0.1)
    XCTAssertEqual(rare.variance, 45.2, accuracy: 0.9)
    XCTAssertEqual(
      Distribution.chiSquareTail(2 * rare.mean * 81.0 / rare.variance, degrees: 2 * pow(rare.mean, 2) / rare.variance),
      0.01, accuracy: 0.004)
    // Every label of one run is replaced by another of the next.
    let replaced = Homogeneity(
      Array(repeating: 2, count: 50) + Array(repeating: 0, count: 50),
      Array(repeating: 0, count: 50) + Array(repeating: 2, count: 50))
    XCTAssertLessThan(replaced.p, 1e-6)
    XCTAssertGreaterThan(replaced.cramersV, 0.5)
    // Labels that occur once say nothing.
    let single = Homogeneity(
      Array(repeating: 1, count: 50) + Array(repeating: 0, count: 50),
      Array(repeating: 0, count: 50) + Array(repeating: 1, count: 50))
    XCTAssertEqual(single.p, 1)
    XCTAssertEqual(Homogeneity([], []).p, 1)
    XCTAssertEqual(Homogeneity([5], [7]).p, 1)
    XCTAssertEqual(Homogeneity([0, 0], [3, 4]).p, 1)
  }

  /// The test of tables with rare labels keeps its level.
  func testChiSquareOfRareLabelsKeepsItsLevel() {
    var random = SplitMix(state: 5)
    let labels = (0..<400).map { _ in Int(pow(Double.random(in: 0..<1, using: &random), 3) * 200) }
    var alarms = [0, 0]
    let rounds = 1000
    for _ in 0..<rounds {
      var (first, second) = ([Double](repeating: 0, count: 200), [Double](repeating: 0, count: 200))
      for (index, label) in labels.shuffled(using: &random).enumerated() {
        if index < 150 { first[label] += 1 } else { second[label] += 1 }
      }
      let p = Homogeneity(first, second).p
      if p < 0.05 { alarms[0] += 1 }
      if p < 0.01 { alarms[1] += 1 }
    }
    XCTAssertEqual(Double(alarms[0]) / Double(rounds), 0.05, accuracy: 0.025)
    XCTAssertLessThanOrEqual(alarms[1], 25)
    XCTAssertGreaterThan(alarms[1], 0)
  }

  func testPopulationStabilityIndex() {
    // By its definition.
    let index = PopulationStability.index([10, 20, 30, 40], [150, 250, 300, 300])
    assertClose(index, 0.06019864021629681)
    XCTAssertEqual(PopulationStability.index([1, 2, 3], [10, 20, 30]), 0, accuracy: 1e-12)
    // A label that is new counts by the least share.
    assertClose(PopulationStability.index([0, 100], [10, 90]), 0.099 * log(100) - 0.1 * log(0.9), within: 1e-6)
    XCTAssertEqual(PopulationStability.index([], []), 0)
    assertClose(PopulationStability.chance(bins: 10, 300, 300), 0.06)
  }

  func testNumbers() {
    func sketch(_ count: Int, _ exponent: Double) -> NumberSketch {
      var sketch = NumberSketch()
      for index in 0..<count { sketch.add(pow(Double(index * 7919 % 1000) / 1000, exponent)) }
      return sketch
    }
    // scipy.stats.ks_2samp, exact.
    for (exponent, ks) in [(1.3, 0.09916666666666667), (1.1, 0.03916666666666667)] {
      XCTAssertEqual(NumberDifference(sketch(400, 1), sketch(300, exponent)).ks, ks, accuracy: 0.004)
    }
    let same = NumberDifference(sketch(1000, 1), sketch(1000, 1))
    XCTAssertEqual([same.ks, same.psi], [0, 0])
    XCTAssertEqual(same.p, 1)
    XCTAssertEqual(same.bins, 10)
    let sketch = sketch(1000, 1)
    XCTAssertEqual(sketch.mean, 0.4995, accuracy: 1e-12)
    XCTAssertEqual(sketch.deviation, 0.288819, accuracy: 1e-6)
    XCTAssertEqual(sketch.quantile(0.5), 0.499, accuracy: 0.001)
  }

  func testNumbersOfAllSizes() {
    var sketch = NumberSketch()
    let values = [
      -Double.greatestFiniteMagnitude, -2, -1, -0.001, 0, -0.0, 1e-300, 0.001, 1, 2, 3, 7, 1e9,
      Double.greatestFiniteMagnitude,
    ]
    for value in values.shuffled() + [.nan, .infinity, -.infinity] { sketch.add(value) }
    XCTAssertEqual(sketch.count, values.count)
    let sorted = sketch.sorted()
    XCTAssertEqual(sorted.map(\.bin), sorted.map(\.bin).sorted())
    for number in [-2.0, -1, 0, 1, 2, 3, 7] { XCTAssertEqual(NumberSketch.value(NumberSketch.bin(number)), number) }
    XCTAssertEqual(NumberSketch.bin(-0.0), NumberSketch.bin(0))
    XCTAssertLessThan(NumberSketch.bin(0.998), NumberSketch.bin(0.999))
  }

  /// Of numbers that are most often the same, each has a bin.
  func testNumbersOfObjects() {
    func sketch(_ counts: [Int]) -> NumberSketch {
      var sketch = NumberSketch()
      for (number, count) in counts.enumerated() { for _ in 0..<count { sketch.add(Double(number)) } }
      return sketch
    }
    let fewer = NumberDifference(sketch([600, 200, 100, 100]), sketch([800, 100, 50, 50]))
    XCTAssertEqual(fewer.ks, 0.2, accuracy: 1e-12)
    assertClose(
      fewer.psi, 0.2 * log(800 / 600.0) + 0.1 * log(2) + 2 * 0.05 * log(2), within: 1e-9)
    let constant = NumberDifference(sketch([0, 0, 500]), sketch([0, 500]))
    XCTAssertEqual(constant.ks, 1)
    XCTAssertGreaterThan(constant.psi, 1)
    XCTAssertLessThan(constant.p, 1e-9)
    XCTAssertEqual(NumberDifference(sketch([500]), sketch([500])).p, 1)
    XCTAssertEqual(NumberDifference(sketch([]), sketch([3])).p, 1)
  }

  func testCentroids() {
    var random = SplitMix(state: 3)
    func cloud(_ count: Int, shift: Float) -> VectorCloud {
      var cloud = VectorCloud()
      for key in 0..<count {
        var vector = (0..<33).map { index in Float.random(in: -1...1, using: &random) * (index < 5 ? 1 : 0.1) }
        vector[32] = 2
        vector[0] += shift
        cloud.add(vector, key: UInt64(key) &* 0x9e37_79b9_7f4a_7c15)
      }
      return cloud
    }
    let first = cloud(400, shift: 0)
    let same = CentroidDifference(first, first)
    assertEqual([same.cosine, same.shift], [0, 0], accuracy: 1e-9)
    XCTAssertEqual(same.p, 1, accuracy: 1e-9)
    let moved = CentroidDifference(first, cloud(400, shift: 0.5))
    XCTAssertLessThan(moved.p, 1e-6)
    XCTAssertGreaterThan(moved.shift, 0.2)
    var alarms = 0
    for _ in 0..<100 where CentroidDifference(cloud(80, shift: 0), cloud(120, shift: 0)).p < 0.05 { alarms += 1 }
    XCTAssertLessThanOrEqual(alarms, 12)
    var odd = cloud(2, shift: 0)
    odd.add([0, 0], key: 1)
    odd.add([Float](repeating: 0, count: 33), key: 1)
    XCTAssertEqual(odd.leftOut, 2)
    XCTAssertEqual(CentroidDifference(odd, VectorCloud()).p, 1)
  }

  func testHolm() {
    // statsmodels' multipletests by hand: sorted 0.001 · 4, 0.01 · 3, 0.03 · 2, and no less than the one before.
    assertEqual(Holm.adjusted([0.01, 0.04, 0.03, 0.001]), [0.03, 0.06, 0.06, 0.004], accuracy: 1e-12)
    XCTAssertEqual(Holm.adjusted([]), [])
    XCTAssertEqual(Holm.adjusted([1, 1]), [1, 1])
  }
}

private func assertEqual(
  _ values: [Double], _ expected: [Double], accuracy: Double, file: StaticString = #filePath, line: UInt = #line
) {
  XCTAssertEqual(values.count, expected.count, file: file, line: line)
  for (value, other) in zip(values, expected) {
    XCTAssertEqual(value, other, accuracy: accuracy, file: file, line: line)
  }
}
