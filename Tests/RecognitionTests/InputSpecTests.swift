import XCTest

@testable import Platform
@testable import Recognition

final class InputSpecTests: XCTestCase {
  private func spec(_ rule: InputSpec.ResizeRule, width: Int = 224, height: Int = 224) -> InputSpec {
    InputSpec(width: width, height: height, resize: rule, channels: .rgb, mean: [0, 0, 0], scale: [1, 1, 1])
  }

  func testShortSideAndCentreCrop() {
    let transform = spec(.init(rule: .shortSide, side: 256)).transform(of: PixelSize(width: 500, height: 375))
    XCTAssertEqual(transform.resized, PixelSize(width: 341, height: 256))
    XCTAssertEqual(transform.window, PixelRect(x: 58, y: 16, width: 224, height: 224))
    XCTAssertEqual(transform.slot, PixelSize(width: 224, height: 224))
  }

  func testShortSideOfAnExtremeStrip() {
    let transform = spec(.init(rule: .shortSide, side: 256)).transform(of: PixelSize(width: 3, height: 2000))
    XCTAssertEqual(transform.resized.width, 256)
    XCTAssertGreaterThanOrEqual(transform.resized.height, 224)
  }

  func testLetterboxCentresAndCorners() {
    let image = PixelSize(width: 800, height: 400)
    let centred = spec(.init(rule: .letterbox, pad: 114), width: 416, height: 416).transform(of: image)
    XCTAssertEqual(centred.resized, PixelSize(width: 416, height: 208))
    XCTAssertEqual(centred.offset.y, 104)
    XCTAssertEqual(centred.pad, 114)
    let corner = spec(.init(rule: .letterbox, pad: 114, anchor: .corner), width: 416, height: 416).transform(of: image)
    XCTAssertEqual(corner.offset.y, 0)
  }

  func testALetterboxWithAMultipleIsTrimmed() {
    func slot(_ width: Int, _ height: Int, margin: Int? = 32) -> PixelSize {
      spec(.init(rule: .letterbox, anchor: .corner, multiple: 32, margin: margin), width: 416, height: 416)
        .transform(of: PixelSize(width: width, height: height)).slot
    }
    XCTAssertEqual(slot(640, 480), PixelSize(width: 416, height: 352), "312 rows, 32 of padding, to a multiple")
    XCTAssertEqual(slot(640, 480, margin: nil), PixelSize(width: 416, height: 320))
    XCTAssertEqual(slot(1080, 1920), PixelSize(width: 288, height: 416))
    XCTAssertEqual(slot(100, 90), PixelSize(width: 416, height: 416), "the margin would go beyond the card's size")
    XCTAssertEqual(slot(100, 100), PixelSize(width: 416, height: 416))
    XCTAssertEqual(slot(5000, 1), PixelSize(width: 416, height: 64))
    let rule = InputSpec.ResizeRule(rule: .letterbox, multiple: 32)
    let centred = spec(rule, width: 416, height: 416).transform(of: PixelSize(width: 640, height: 480))
    XCTAssertEqual(centred.offset.y, 4)
    XCTAssertFalse(spec(rule).hasFixedShape)
    XCTAssertTrue(spec(rule).untrimmed.hasFixedShape)
  }

  func testFitNeverEnlargesAndPadsToTheMultiple() {
    let rule = InputSpec.ResizeRule(rule: .fit, side: 640, multiple: 32)
    let large = spec(rule).transform(of: PixelSize(width: 4000, height: 3000))
    XCTAssertEqual(large.resized, PixelSize(width: 640, height: 480))
    XCTAssertEqual(large.slot, PixelSize(width: 640, height: 480))
    let small = spec(rule).transform(of: PixelSize(width: 100, height: 50))
    XCTAssertEqual(small.resized, PixelSize(width: 100, height: 50))
    XCTAssertEqual(small.slot, PixelSize(width: 128, height: 64))
  }

  func testABoxOfTheSlotGoesBackToTheImage() {
    let transform = spec(.init(rule: .letterbox), width: 416, height: 416).transform(
      of: PixelSize(width: 832, height: 416))
    XCTAssertEqual(
      transform.imageBox(Box(x: 104, y: 104, width: 104, height: 104)), Box(x: 208, y: 0, width: 208, height: 208))
    XCTAssertEqual(
      transform.imageBox(Box(x: -50, y: 0, width: 1000, height: 1000)), Box(x: 0, y: 0, width: 832, height: 416),
      "clipped to the image")
  }

  func testEveryOrientationMapsAllPixelsOnce() {
    let upright = PixelSize(width: 3, height: 2)
    for orientation in Orientation.allCases {
      let stored = orientation.swapsAxes ? upright.transposed : upright
      var seen: Set<Int> = []
      for y in 0..<2 {
        for x in 0..<3 {
          let point = orientation.stored(x: x, y: y, upright: upright)
          XCTAssertTrue((0..<stored.width).contains(point.x) && (0..<stored.height).contains(point.y))
          seen.insert(point.y * stored.width + point.x)
        }
      }
      XCTAssertEqual(seen.count, 6, "orientation \(orientation)")
    }
  }

  func testPathsKeepTheirBytes() {
    let path = RawPath([0x61, 0x2F, 0xFF, 0x2E, 0x4A, 0x50, 0x47])
    XCTAssertFalse(path.isUTF8)
    XCTAssertEqual(path.fileExtension, "jpg")
    XCTAssertEqual(Array(path.lastComponent), [0xFF, 0x2E, 0x4A, 0x50, 0x47])
    XCTAssertEqual(RawPath("a/").appending(Array("b".utf8)).description, "a/b")
    XCTAssertNil(RawPath("a/.jpg").fileExtension, "a hidden file without an extension")
  }
}
