import XCTest

@testable import Outputs

/// Tables that keep to the width of the terminal.
final class ColumnTableTests: XCTestCase {
  func testRowsKeepToTheWidth() throws {
    for width in [60, 80, 200] {
      let text = try written { output in
        let table = ColumnTable(
          output, style: TableStyle(width: width),
          columns: [
            ("PATH", .share(3, most: 60, keepsEnds: true)), ("FACE", .fixed(19)),
            ("NAME", .share(2, most: 60, keepsEnds: false)),
          ])
        try table.write([
          String(repeating: "folder/", count: 20) + "a.jpg", "1,2,3,4", String(repeating: "n", count: 99),
        ])
        try table.write(["b\u{1b}.jpg", String(repeating: "message ", count: 40)], isFault: true)
        try output.finish()
      }
      let lines = text.split(separator: "\n")
      XCTAssertEqual(lines.count, 3)
      for line in lines { XCTAssertLessThanOrEqual(TerminalText.width(String(line)), width, String(line)) }
      XCTAssertTrue(lines[1].hasPrefix("folder/"))
      XCTAssertTrue(lines[1].contains("…"))
      XCTAssertTrue(lines[1].contains("a.jpg  1,2,3,4"), String(lines[1]))
      XCTAssertTrue(lines[2].hasPrefix(#"b\x1b.jpg"#))
      // The message takes the columns of face and name.
      XCTAssertGreaterThan(lines[2].count { $0 == "g" }, 3)
    }
  }
}
