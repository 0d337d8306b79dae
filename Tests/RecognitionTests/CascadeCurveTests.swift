import XCTest

@testable import Recognition

final class CascadeCurveTests: XCTestCase {
  /// Ten images: the light model errs on those of which it is least sure, and once at 0.8 where the heavy one errs too.
  private let curve: CascadeCurve = {
    var samples: [CascadeCurve.Sample] = []
    for n in 1...10 {
      let (isLightRight, isHeavyRight) = (n > 3 && n != 8, n != 8 && n != 1)
      samples.append(
        CascadeCurve.Sample(confidence: Float(n) / 10, isLightRight: isLightRight, isHeavyRight: isHeavyRight))
    }
    return CascadeCurve(samples)
  }()

  func testPoints() {
    XCTAssertEqual(curve.light, 0.6)
    XCTAssertEqual(curve.heavy, 0.8)
    XCTAssertEqual(curve.point(at: 0), CascadeCurve.Point(threshold: 0, forwarded: 0, right: 0.6))
    XCTAssertEqual(curve.point(at: 0.35), CascadeCurve.Point(threshold: 0.35, forwarded: 0.3, right: 0.8))
    XCTAssertEqual(curve.point(at: 1).right, 0.8)
    XCTAssertEqual(curve.point(at: 1).forwarded, 0.9, "a score of 1 is not below 1")
  }

  func testTheLowestThresholdThatLosesLittle() {
    XCTAssertEqual(curve.best(maxLoss: 0)?.threshold, 0.31)
    XCTAssertEqual(curve.best(maxLoss: 0.1)?.threshold, 0.21)
    XCTAssertEqual(curve.best(maxLoss: 1)?.threshold, 0)
  }

  func testALightModelThatIsSureAndWrong() {
    let curve = CascadeCurve([
      CascadeCurve.Sample(confidence: 1, isLightRight: false, isHeavyRight: true),
      CascadeCurve.Sample(confidence: 0.5, isLightRight: true, isHeavyRight: true),
    ])
    XCTAssertNil(curve.best(maxLoss: 0.1))
    XCTAssertEqual(curve.best(maxLoss: 0.5)?.threshold, 0)
  }
}
