import Recognition
import XCTest

@testable import Sidecars

final class FaceRegionTests: XCTestCase {
  func testPlaceholder() throws {
    let region = try XCTUnwrap(
      FaceRegion(Box(x: 10, y: 0, width: 20, height: 10), in: PixelSize(width: 100, height: 50), .upright, name: "Ada"))
    XCTAssertEqual(region.text, "0.200000 0.100000 0.200000 0.200000 Ada")
  }
}
