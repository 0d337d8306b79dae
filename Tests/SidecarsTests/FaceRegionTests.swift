import Recognition
import XCTest

@testable import Sidecars

/// Regions are in parts of the stored picture, whatever its orientation.
final class FaceRegionTests: XCTestCase {
  private let upright = PixelSize(width: 100, height: 50)

  /// The box of the stored pixels, found pixel by pixel.
  private func expected(_ box: Box, _ orientation: Orientation) -> [Double] {
    var (xs, ys): ([Int], [Int]) = ([], [])
    for y in Int(box.y)..<Int(box.y + box.height) {
      for x in Int(box.x)..<Int(box.x + box.width) {
        let stored = orientation.stored(x: x, y: y, upright: upright)
        xs.append(stored.x)
        ys.append(stored.y)
      }
    }
    let size =
      orientation.swapsAxes ? PixelSize(width: upright.height, height: upright.width) : upright
    let (left, right) = (Double(xs.min()!) / Double(size.width), Double(xs.max()! + 1) / Double(size.width))
    let (top, bottom) = (Double(ys.min()!) / Double(size.height), Double(ys.max()! + 1) / Double(size.height))
    return [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]
  }

  func testEveryOrientation() throws {
    let box = Box(x: 10, y: 5, width: 30, height: 12)
    for orientation in Orientation.allCases {
      let region = try XCTUnwrap(FaceRegion(box, in: upright, orientation))
      for (found, wanted) in zip([region.x, region.y, region.width, region.height], expected(box, orientation)) {
        XCTAssertEqual(found, wanted, accuracy: 1e-6, "\(orientation)")
      }
    }
  }

  func testClipsAtTheBorders() throws {
    let region = try XCTUnwrap(FaceRegion(Box(x: -20, y: -1e9, width: 40, height: 2e9), in: upright, .upright))
    XCTAssertEqual(region.text, "0.100000 0.500000 0.200000 1.000000")
    XCTAssertNil(FaceRegion(Box(x: 200, y: 0, width: 10, height: 10), in: upright, .upright))
    XCTAssertNil(FaceRegion(Box(x: 10, y: 10, width: 0, height: 10), in: upright, .upright))
  }

  func testTextIsReadBack() throws {
    let region = FaceRegion(x: 0.25, y: 1.0 / 3, width: 0.1, height: 0.00000049, name: "Ada King, Countess")
    XCTAssertEqual(region.text, "0.250000 0.333333 0.100000 0.000000 Ada King, Countess")
    XCTAssertEqual(FaceRegion(text: region.text)?.text, region.text)
    for text in ["", "1 2 3", "a b c d", "nan 0 0 0", "inf 0 0 0 x"] { XCTAssertNil(FaceRegion(text: text), text) }
    XCTAssertEqual(FaceRegion(x: -5, y: 1e300, width: .nan, height: 2).numbers[1], "1.000000")
  }
}
