import XCTest

@testable import Outputs

final class TerminalTextTests: XCTestCase {
  /// ESC starts commands of the terminal, C1 too; the others reorder the text around them.
  func testWhatATerminalObeysIsEscaped() {
    XCTAssertEqual(TerminalText.escaped("a\u{1b}]0;x\u{7}\u{1b}[2J.jpg"), #"a\x1b]0;x\x07\x1b[2J.jpg"#)
    XCTAssertEqual(TerminalText.escaped("\u{7f}\u{85}\u{9b}31m"), #"\x7f\x85\x9b31m"#)
    XCTAssertEqual(TerminalText.escaped("\u{202e}gpj.exe\u{2066}\u{61c}"), #"\u{202e}gpj.exe\u{2066}\u{61c}"#)
    XCTAssertEqual(TerminalText.escaped("a\nb\tc\r"), #"a\nb\tc\r"#)
    for text in ["tabby, tiger cat", "漢字 ünï", "👩‍👩‍👧", "مرحبا"] { XCTAssertEqual(TerminalText.escaped(text), text) }
    for value in (0..<0x20) as Range<UInt32> where value != 0x0a && value != 0x09 {
      let text = String(Character(Unicode.Scalar(value)!))
      XCTAssertNotEqual(TerminalText.escaped(text), text)
      XCTAssertNotEqual(TerminalText.escapedLines(text), text)
    }
  }

  func testLinesAndJSONKeepTheirForm() {
    XCTAssertEqual(TerminalText.escapedLines("a\tb\r\nc\rd\u{1b}\n"), "a\tb\r\nc\\rd\\x1b\n")
    XCTAssertEqual(
      TerminalText.escapedJSON("{\"a\":\"\u{9b}\u{7f}\u{202e}\"}\n"), "{\"a\":\"\\u009b\\u007f\\u202e\"}\n")
  }

  func testWidths() {
    let widths = [
      ("ab", 2), ("漢字", 4), ("ｶﾅ", 2), ("か\u{3099}", 2), ("e\u{301}", 1), ("👍", 2), ("🇩🇪", 2), ("⭐", 2), ("한", 2),
      ("ᄒ\u{1161}\u{11ab}", 2), ("שָ", 1), ("", 0),
    ]
    for (text, width) in widths { XCTAssertEqual(TerminalText.width(text), width, text) }
  }

  func testShortening() {
    XCTAssertEqual(TerminalText.fitted("abcdef", to: 4), "abc…")
    XCTAssertEqual(TerminalText.fitted("漢字漢", to: 4), "漢…", "a wide character is not cut")
    XCTAssertEqual(TerminalText.fitted("xe\u{301}e\u{301}y", to: 3), "xe\u{301}…", "marks stay with their letter")
    let path = "photos/2024/holiday/beach/IMG_1234.jpg"
    XCTAssertEqual(TerminalText.shortenedInMiddle(path, to: 24), "photos/…ach/IMG_1234.jpg")
    XCTAssertEqual(TerminalText.shortenedInMiddle(path, to: 80), path)
    for limit in 3..<40 {
      XCTAssertLessThanOrEqual(TerminalText.width(TerminalText.shortenedInMiddle("漢字/" + path, to: limit)), limit)
    }
  }

  func testProgressFitsTheTerminal() {
    let line = ProgressLine(done: 1200, total: 4800, parts: ["179 images/s", "4 failed", "20 s left"])
    XCTAssertEqual(
      line.text(columns: 80), "[######------------------] 1,200/4,800  179 images/s  4 failed  20 s left")
    for columns in 1...120 {
      XCTAssertLessThan(TerminalText.width(line.text(columns: columns)), max(2, columns))
    }
    XCTAssertEqual(ProgressLine(done: 7, total: nil, parts: ["2.0 images/s"]).text(columns: 80), "7  2.0 images/s")
    XCTAssertEqual(
      ProgressLine(done: 9, total: 4, parts: []).text(columns: 80).prefix(26),
      "[" + String(repeating: "#", count: 24) + "]")
  }
}
