import CFont
import XCTest

@testable import Codecs
@testable import Recognition

/// Labels in the system's fonts.
final class TextRendererTests: XCTestCase {
  private func line(_ text: String, pixels: Int = 24) throws -> TextRenderer {
    guard let line = TextRenderer(text, pixels: pixels) else { throw XCTSkip("there is no font here") }
    return line
  }

  func testLettersHaveInk() throws {
    let line = try line("person 93%")
    XCTAssertGreaterThanOrEqual(line.size.height, 24)
    XCTAssertGreaterThan(line.size.width, 80)
    XCTAssertTrue(line.coverage.contains(255))
    XCTAssertFalse(try self.line("   ").coverage.contains { $0 > 0 })
    XCTAssertNil(TextRenderer("", pixels: 24))
  }

  /// Different letters look different, which question marks would not.
  func testChineseLetters() throws {
    _ = try line("?")
    guard cfont_has(0x4eac) else { throw XCTSkip("no font here has Chinese letters (fonts-wqy-microhei)") }
    XCTAssertNotEqual(try line("京").coverage, try line("沪").coverage)
    XCTAssertNotEqual(try line("京").coverage, try line("?").coverage)
  }

  /// A letter of no script at all.
  func testWhatNoFontHasIsAQuestionMark() throws {
    _ = try line("?")
    guard !cfont_has(0x10fffd) else { throw XCTSkip("a font here has private letters") }
    XCTAssertEqual(try line("\u{10fffd}").coverage, try line("?").coverage)
  }

  /// Also beside the picture, and larger than it.
  func testALabelStaysInside() throws {
    let line = try line("much longer than the picture", pixels: 40)
    for point in [Point(x: -50, y: -50), Point(x: 500, y: 500), Point(x: 10, y: 10)] {
      let picture = PixelBuffer(size: PixelSize(width: 30, height: 20), order: .bgr)
      picture.bytes.update(repeating: 9)
      line.write(on: picture, at: point, pad: 2, ground: (0, 200, 250))
      XCTAssertTrue(picture.bytes.contains(200))
    }
  }
}
