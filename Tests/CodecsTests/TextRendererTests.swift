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

  /// A letter of no script at all. A question mark would pass for one that was read.
  func testWhatNoFontHasIsAFrame() throws {
    _ = try line("?")
    guard !cfont_has(0x10fffd) else { throw XCTSkip("a font here has private letters") }
    let frame = try line("\u{10fffd}")
    XCTAssertNotEqual(frame.coverage, try line("?").coverage)
    XCTAssertEqual(frame.coverage, try line("\u{10fffc}").coverage)
    XCTAssertTrue(frame.coverage.contains(255))
    XCTAssertGreaterThan(try line("a\u{10fffd}b").size.width, try line("ab").size.width + 6)
  }

  func testUmlauts() throws {
    XCTAssertNotEqual(try line("Ä").coverage, try line("A").coverage)
    XCTAssertNotEqual(try line("ß").coverage, try line("B").coverage)
    // In two characters, whose dots some fonts put beside the letter.
    XCTAssertEqual(try line("a\u{308}").coverage, try line("\u{e4}").coverage)
    XCTAssertEqual(try line("a\u{308}").size.width, try line("a").size.width)
  }

  func testControlCharactersAreNotDrawn() throws {
    XCTAssertEqual(try line("a\u{7}\nb").coverage, try line("a  b").coverage)
    XCTAssertEqual(try line("a\u{202e}\u{200b}b").coverage, try line("ab").coverage)
  }

  func testALongLineEndsWithAnEllipsis() throws {
    let text = String(repeating: "long ", count: 2000)
    for width in [60, 100, 300] {
      let cut = try XCTUnwrap(TextRenderer(text, pixels: 24, width: width))
      XCTAssertLessThanOrEqual(cut.size.width, width)
      XCTAssertGreaterThan(cut.size.width, width - 60)
    }
    let (cut, dots) = (try XCTUnwrap(TextRenderer("abcdefgh", pixels: 24, width: 80)), try line("…"))
    let whole = try line("abcdefgh")
    XCTAssertLessThan(cut.size.width, whole.size.width)
    let end = (0..<dots.size.height).map { row in
      Array(cut.coverage[((row + 1) * cut.size.width - dots.size.width)..<((row + 1) * cut.size.width)])
    }
    XCTAssertEqual(end.flatMap(\.self), dots.coverage)
  }

  func testWhatIsOutsideThePictureIsCut() throws {
    let line = try line("much longer than the picture", pixels: 40)
    for (x, y) in [(-50, -5), (500, 500), (10, 10), (0, -10)] {
      let picture = PixelBuffer(size: PixelSize(width: 30, height: 20), order: .bgr)
      picture.bytes.update(repeating: 9)
      line.draw(on: picture, x: x, y: y, ink: 255)
      XCTAssertEqual(picture.bytes.contains(255), x < 500)
    }
  }
}
