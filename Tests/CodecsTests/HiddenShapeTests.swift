import XCTest

@testable import Codecs
@testable import Recognition

/// Which pixels a shape covers, and where they are in the stored picture.
final class HiddenShapeTests: XCTestCase {
  private let size = PixelSize(width: 40, height: 30)

  private func pixels(_ shape: HiddenShape, in size: PixelSize) throws -> Set<[Int]> {
    let region = try XCTUnwrap(shape.region(in: size))
    return pixels(region)
  }

  private func pixels(_ region: HiddenRegion) -> Set<[Int]> {
    var found: Set<[Int]> = []
    for y in 0..<region.rect.height {
      for x in 0..<region.rect.width where region.mask[y * region.rect.width + x] != 0 {
        found.insert([region.rect.x + x, region.rect.y + y])
      }
    }
    return found
  }

  func testEllipseHasItsBoxFromSideToSide() throws {
    let found = try pixels(.ellipse(Box(x: 10, y: 5, width: 20, height: 10)), in: size)
    for inside in [[10, 9], [29, 9], [20, 5], [20, 14]] { XCTAssertTrue(found.contains(inside), "\(inside)") }
    for outside in [[10, 5], [29, 14], [9, 9], [20, 15]] { XCTAssertFalse(found.contains(outside), "\(outside)") }
  }

  func testPolygonHasItsMarginOnAllSides() throws {
    let square = Box(x: 10, y: 10, width: 4, height: 4).corners
    XCTAssertEqual(try pixels(.polygon(square, margin: 0), in: size).count, 16)
    let wide = try pixels(.polygon(square, margin: 2), in: size)
    for inside in [[8, 12], [15, 12], [12, 8], [12, 15]] { XCTAssertTrue(wide.contains(inside), "\(inside)") }
    XCTAssertFalse(wide.contains([7, 12]))
    // A line of text at an angle, in any order of its corners.
    let tilted = [Point(x: 10, y: 2), Point(x: 30, y: 12), Point(x: 28, y: 16), Point(x: 8, y: 6)]
    XCTAssertEqual(
      try pixels(.polygon(tilted, margin: 0), in: size), try pixels(.polygon(tilted.reversed(), margin: 0), in: size))
    XCTAssertTrue(try pixels(.polygon(tilted, margin: 0), in: size).contains([19, 9]))
  }

  func testMaskGrowsByItsMargin() throws {
    // One pixel, at column 20 and row 10: runs go down the columns.
    let before = 20 * 30 + 10
    let mask = RunLengthMask(size: size, counts: [before, 1, size.area - before - 1])
    let box = Box(x: 20, y: 10, width: 1, height: 1)
    XCTAssertEqual(try pixels(.mask(mask, box: box, margin: 0), in: size), [[20, 10]])
    XCTAssertEqual(try pixels(.mask(mask, box: box, margin: 2), in: size).count, 25)
    XCTAssertNil(HiddenShape.mask(mask, box: box, margin: 2).region(in: PixelSize(width: 41, height: 30)))
  }

  func testWhatIsOutsideIsNoRegion() {
    let values: [Float] = [-1e30, 1e30, .infinity, -.infinity, .nan, 1000]
    for x in values {
      for width in values + [10] {
        let shape = HiddenShape.ellipse(Box(x: x, y: 5, width: width, height: 5))
        if let region = shape.region(in: size) {
          XCTAssertLessThanOrEqual(region.rect.x + region.rect.width, size.width)
        }
      }
    }
    XCTAssertNil(HiddenShape.ellipse(Box(x: 50, y: 5, width: 10, height: 5)).region(in: size))
    XCTAssertNil(HiddenShape.polygon([], margin: 5).region(in: size))
    XCTAssertEqual(
      try pixels(.ellipse(Box(x: -100, y: -100, width: 300, height: 300)), in: size).count, size.area)
  }

  func testRegionsTurnWithThePicture() throws {
    let region = try XCTUnwrap(
      HiddenShape.polygon(
        [Point(x: 2, y: 3), Point(x: 12, y: 3), Point(x: 2, y: 9)], margin: 0
      ).region(in: size))
    for orientation in Orientation.allCases {
      let expected = Set(
        pixels(region).map { pixel -> [Int] in
          let at = orientation.stored(x: pixel[0], y: pixel[1], upright: size)
          return [at.x, at.y]
        })
      XCTAssertEqual(pixels(region.stored(orientation, upright: size)), expected, "\(orientation)")
    }
  }
}
