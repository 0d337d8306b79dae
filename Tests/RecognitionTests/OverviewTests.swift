import XCTest

@testable import Recognition

/// Which pictures are looked at a second time, and what that adds.
final class OverviewTests: XCTestCase {
  private let input = InputSpec(
    width: 640, height: 640,
    resize: .init(rule: .fit, side: 1024, pad: 0, multiple: 32, overview: 160), channels: .bgr, mean: [0, 0, 0],
    scale: [1, 1, 1])

  private func overview(_ width: Int, _ height: Int) -> Overview? {
    Overview(of: input.transform(of: PixelSize(width: width, height: height)), rule: input.resize)
  }

  func testOnlyPicturesWithRoomForALargeFaceHaveOne() {
    for (width, height) in [(2000, 1500), (1024, 1024), (640, 480), (480, 640), (400, 700)] {
      XCTAssertNotNil(overview(width, height), "\(width)x\(height)")
    }
    for (width, height) in [(448, 448), (500, 340), (150, 150), (1, 1), (4000, 1200), (350, 4000), (1_000_000, 1)] {
      XCTAssertNil(overview(width, height), "\(width)x\(height)")
    }
  }

  func testNoCopyWithoutTheCardsKey() {
    var rule = input.resize
    let transform = input.transform(of: PixelSize(width: 2000, height: 1500))
    rule.overview = nil
    XCTAssertNil(Overview(of: transform, rule: rule))
    rule = .init(rule: .letterbox, overview: 160)
    XCTAssertNil(Overview(of: transform, rule: rule))
  }

  func testTheCopyIsASquareWithThePictureAtTheUpperLeft() throws {
    let transform = try XCTUnwrap(overview(2000, 1500)).transform
    XCTAssertEqual(transform.slot, PixelSize(width: 160, height: 160))
    XCTAssertEqual(transform.resized, PixelSize(width: 160, height: 120))
    XCTAssertEqual(transform.imagePoint(x: 160, y: 120), Point(x: 2000, y: 1500))
  }

  func testLargeFacesAreAddedAndTheFirstStayAsTheyAre() throws {
    let overview = try XCTUnwrap(overview(2048, 2048))
    let small = Detection(score: 0.9, box: Box(x: 20, y: 20, width: 100, height: 120))
    let known = Detection(score: 0.85, box: Box(x: 1000, y: 0, width: 800, height: 800))
    let large = Detection(score: 0.95, box: Box(x: 100, y: 200, width: 700, height: 1000))
    let same = Detection(score: 0.97, box: Box(x: 1010, y: 10, width: 800, height: 820))
    let little = Detection(score: 0.99, box: Box(x: 1500, y: 1500, width: 300, height: 400))
    XCTAssertEqual(overview.merge([same, little, large], into: [small, known], iou: 0.3), [large, small, known])
    XCTAssertEqual(overview.merge([same, little], into: [small, known], iou: 0.3), [small, known])
    XCTAssertEqual(overview.merge([large], into: [], iou: 0.3), [large])
  }

  /// A detector that draws no box of that size finds a part of it, which the whole replaces.
  func testAPartOfALargeObjectIsLeftOut() throws {
    let overview = try XCTUnwrap(overview(1024, 768))
    let whole = Detection(score: 0.7, box: Box(x: 100, y: 300, width: 800, height: 250))
    let part = Detection(score: 0.9, box: Box(x: 140, y: 310, width: 450, height: 200))
    let inside = Detection(score: 0.8, box: Box(x: 300, y: 400, width: 60, height: 20))
    let beside = Detection(score: 0.6, box: Box(x: 800, y: 100, width: 220, height: 240))
    XCTAssertEqual(overview.merge([whole], into: [part, inside, beside], iou: 0.45), [inside, whole, beside])
    XCTAssertEqual(overview.merge([], into: [part], iou: 0.45), [part])
  }

  func testTheCopyIsAskedForMoreCertainty() {
    XCTAssertEqual(Overview.thresholds(Thresholds(minConfidence: 0.8)).minConfidence, 0.9, accuracy: 1e-5)
    XCTAssertEqual(Overview.thresholds(Thresholds(minConfidence: 1)).minConfidence, 1)
  }
}
