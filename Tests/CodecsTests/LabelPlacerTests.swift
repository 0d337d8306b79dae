import XCTest

@testable import Codecs
@testable import Recognition

/// Where labels of a drawing are.
final class LabelPlacerTests: XCTestCase {
  private let picture = PixelSize(width: 1000, height: 800)

  /// A generator with a fixed sequence.
  private struct Numbers {
    var state: UInt64
    mutating func next(_ range: Range<Int>) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return range.lowerBound + Int((state >> 33) % UInt64(range.count))
    }
  }

  private func corners(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> [Point] {
    Box(x: Float(x), y: Float(y), width: Float(width), height: Float(height)).corners
  }

  private func isInside(_ rect: PixelRect, _ picture: PixelSize) -> Bool {
    rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= picture.width && rect.y + rect.height <= picture.height
  }

  func testAboveItsObject() {
    var placer = LabelPlacer(picture: picture, clear: [], gap: 2)
    let place = placer.place(PixelSize(width: 100, height: 20), beside: corners(300, 200, 150, 90))
    XCTAssertEqual(place, PixelRect(x: 298, y: 178, width: 100, height: 20))
  }

  /// Twelve lines with room around them, at random: no label covers another or a line, and a second run gives the same.
  func testNoOverlapWhereThereIsRoom() {
    for seed in 1...200 as ClosedRange<UInt64> {
      var numbers = Numbers(state: seed)
      var lines: [[Point]] = []
      for cell in 0..<12 {
        let (x, y) = (cell % 3 * 333 + numbers.next(0..<120), cell / 3 * 200 + numbers.next(0..<140))
        lines.append(corners(x, y, numbers.next(40..<200), numbers.next(15..<50)))
      }
      let areas = lines.map { ClearArea($0, weight: 4) }
      func places() -> [PixelRect] {
        var numbers = Numbers(state: seed)
        var placer = LabelPlacer(picture: picture, clear: areas, gap: 1)
        for (line, area) in zip(lines, areas) {
          let size = PixelSize(width: numbers.next(30..<180), height: 22)
          _ = placer.place(size, beside: line, own: area.weighing(12))
        }
        return placer.placed
      }
      let found = places()
      XCTAssertEqual(found, places())
      for (index, place) in found.enumerated() {
        XCTAssertTrue(isInside(place, picture))
        XCTAssertFalse(areas.contains { $0.overlap(place) >= 1 }, "seed \(seed)")
        XCTAssertFalse(found[..<index].contains { $0.overlap(place) > 0 }, "seed \(seed)")
      }
    }
  }

  func testAtTheEdges() {
    for (x, y) in [(0, 0), (990, 0), (0, 790), (990, 790), (-30, 400), (995, 400), (5000, 5000)] {
      let object = corners(x, y, 10, 10)
      let area = ClearArea(object, weight: 4)
      var placer = LabelPlacer(picture: picture, clear: [area], gap: 1)
      let place = placer.place(PixelSize(width: 120, height: 20), beside: object, own: area)
      XCTAssertTrue(isInside(place, picture))
      XCTAssertEqual(area.overlap(place), 0)
    }
  }

  /// A label of an object that fills the picture lies inside it.
  func testInsideWhatFillsThePicture() {
    var placer = LabelPlacer(picture: picture, clear: [], gap: 1)
    let all = corners(0, 0, 1000, 800)
    let places = (0..<4).map { _ in placer.place(PixelSize(width: 200, height: 30), beside: all) }
    XCTAssertEqual(places[0], PixelRect(x: 0, y: 0, width: 200, height: 30))
    for (index, place) in places.enumerated() {
      XCTAssertTrue(isInside(place, picture))
      XCTAssertFalse(places[..<index].contains { $0.overlap(place) > 0 })
    }
  }

  /// The box around a line at 45 degrees is free at its corners; the line is not covered.
  func testBesideARotatedLine() {
    let line = [Point(x: 300, y: 500), Point(x: 500, y: 300), Point(x: 520, y: 320), Point(x: 320, y: 520)]
    let area = ClearArea(line, weight: 4)
    var placer = LabelPlacer(picture: picture, clear: [area], gap: 2)
    let place = placer.place(PixelSize(width: 90, height: 20), beside: line, own: area)
    XCTAssertLessThan(area.overlap(place), 1)
    let distance = line.map { abs($0.x - Float(place.x + 45)) + abs($0.y - Float(place.y + 10)) }.min()
    XCTAssertLessThan(try XCTUnwrap(distance), 70)
  }

  func testALabelLargerThanThePicture() {
    let tiny = PixelSize(width: 20, height: 10)
    var placer = LabelPlacer(picture: tiny, clear: [], gap: 1)
    let place = placer.place(PixelSize(width: 90, height: 20), beside: corners(5, 5, 5, 5))
    XCTAssertEqual([place.x, place.y], [0, 0])
  }

  /// Coordinates that networks may give.
  func testCoordinatesWithoutMeaning() {
    var placer = LabelPlacer(picture: picture, clear: [], gap: 1)
    for value in [Float.nan, .infinity, 1e30, -1e30] {
      let odd = [Point(x: value, y: value), Point(x: 5, y: value), Point(x: 5, y: 5), Point(x: value, y: 5)]
      XCTAssertTrue(isInside(placer.place(PixelSize(width: 9, height: 9), beside: odd), picture))
    }
  }

  func testOverlapOfAConvexArea() {
    let square = ClearArea(corners(10, 10, 20, 20), weight: 1)
    XCTAssertEqual(square.overlap(PixelRect(x: 20, y: 20, width: 100, height: 100)), 100)
    let diamond = ClearArea(
      [Point(x: 50, y: 0), Point(x: 100, y: 50), Point(x: 50, y: 100), Point(x: 0, y: 50)], weight: 1)
    XCTAssertEqual(diamond.overlap(PixelRect(x: 0, y: 0, width: 100, height: 100)), 5000)
    XCTAssertEqual(diamond.overlap(PixelRect(x: 0, y: 0, width: 50, height: 50)), 1250)
    XCTAssertEqual(diamond.overlap(PixelRect(x: 0, y: 0, width: 20, height: 20)), 0)
  }

  /// Classes of the picture stand in the first corner that holds nothing to be read.
  func testACornerThatIsFree() {
    let text = ClearArea(corners(0, 0, 400, 40), weight: 4)
    var placer = LabelPlacer(picture: picture, clear: [text], gap: 1)
    XCTAssertEqual(placer.placeInCorner(PixelSize(width: 150, height: 60)).x, 850)
    XCTAssertEqual(placer.placeInCorner(PixelSize(width: 150, height: 60)).y, 740)
  }

  func testLabelsLeaveHalfOfThePicture() {
    var placer = LabelPlacer(picture: PixelSize(width: 100, height: 100), clear: [], gap: 1)
    let size = PixelSize(width: 100, height: 30)
    XCTAssertFalse(placer.isFull(for: PixelSize(width: 100, height: 90)))
    _ = placer.place(size, beside: corners(0, 40, 10, 10))
    XCTAssertTrue(placer.isFull(for: size))
    XCTAssertFalse(placer.isFull(for: PixelSize(width: 100, height: 20)))
  }

  func testSizes() {
    XCTAssertEqual(DrawingScale(PixelSize(width: 64, height: 48)).letters, 12)
    XCTAssertEqual(DrawingScale(PixelSize(width: 3000, height: 2000)).letters, 50)
    XCTAssertEqual(DrawingScale(PixelSize(width: 3000, height: 2000)).line, 6)
    XCTAssertEqual(DrawingScale(PixelSize(width: 40, height: 6000)).letters, 12)
    XCTAssertEqual(DrawingScale(PixelSize(width: 40, height: 6000)).line, 1)
    for side in [100, 640, 6000] {
      let sizes = DrawingScale(PixelSize(width: side, height: side))
      XCTAssertNil(sizes.landmarkRadius(width: 15))
      for width in stride(from: 16 as Float, to: 2000, by: 7) {
        let radius = sizes.landmarkRadius(width: width)
        XCTAssertLessThanOrEqual(Float(radius ?? 9999), width / 25)
      }
      XCTAssertEqual(sizes.line(side: 10), 1)
    }
  }
}
