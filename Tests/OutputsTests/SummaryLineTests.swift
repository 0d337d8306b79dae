import XCTest

@testable import Outputs
@testable import Recognition

final class SummaryLineTests: XCTestCase {
  private func line(_ change: (inout RunReport) -> Void) -> String {
    var report = RunReport()
    change(&report)
    return SummaryLine(report).text()
  }

  func testFailuresAreNamedByKind() {
    let line = line {
      ($0.inputs, $0.ok, $0.failed, $0.wallSeconds) = (1000, 996, 4, 5.6)
      $0.failures = [.unsupported: 3, .truncated: 1]
      $0.unsupportedFormats = [.pdf: 3]
    }
    XCTAssertEqual(line, "1,000 images: 996 ok, 4 failed (PDF 3, truncated 1); 5.6 s, 179 images/s")
  }

  /// A file of a format that is read otherwise counts under its code.
  func testUnsupportedVariants() {
    let line = line {
      ($0.inputs, $0.failed, $0.wallSeconds) = (7, 7, 0.1)
      $0.failures = [.unsupported: 5, .notFound: 2]
      $0.unsupportedFormats = [.svg: 1, .jpeg: 2, .raw: 1]
    }
    XCTAssertEqual(
      line, "7 images: 0 ok, 7 failed (unsupported 4, not found 2, SVG 1); 0.10 s, 70 images/s")
  }

  func testCounts() {
    XCTAssertEqual(line { _ in }, "0 images: 0 ok")
    XCTAssertEqual(line { ($0.inputs, $0.ok, $0.wallSeconds) = (1, 1, 0.5) }, "1 image: 1 ok; 0.50 s, 2.0 images/s")
    let stopped = line {
      ($0.inputs, $0.ok, $0.skipped, $0.wallSeconds) = (12, 10, 2, 1)
      $0.skip(1500)
    }
    XCTAssertEqual(stopped, "1,512 images: 10 ok, 1,500 skipped, 2 stopped; 1.0 s, 10 images/s")
    XCTAssertEqual(line { $0.skip(3) }, "3 images: 0 ok, 3 skipped", "nothing was done, and has no speed")
    var similar = SummaryLine()
    (similar.images, similar.ok, similar.details) = (4, 4, ["1 group", "2 duplicates"])
    XCTAssertEqual(similar.text(), "4 images: 4 ok; 1 group, 2 duplicates")
  }

  func testColours() {
    var line = SummaryLine()
    (line.images, line.failed, line.stopped) = (3, 2, 1)
    XCTAssertEqual(
      line.text(TerminalStyle(isColoured: true)),
      "3 images: 0 ok, \u{1b}[31m2 failed\u{1b}[0m, \u{1b}[33m1 stopped\u{1b}[0m")
  }

  func testNumbers() {
    XCTAssertEqual([0, 999, 1000, 1_234_567].map(SummaryLine.count), ["0", "999", "1,000", "1,234,567"])
    XCTAssertEqual([0.04, 9.94, 9.96, 1234.4, .infinity].map(SummaryLine.rate), ["0.0", "9.9", "10", "1,234", "0"])
    XCTAssertEqual(
      [0.083, 5.61, 119.9, 120, 3725, 7200 * 1000].map(SummaryLine.duration),
      ["0.08 s", "5.6 s", "119.9 s", "2 min 0 s", "1 h 2 min", "2,000 h 0 min"])
  }
}
