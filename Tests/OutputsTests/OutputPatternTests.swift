import XCTest

@testable import Outputs
@testable import Platform

final class OutputPatternTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("imgrec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    setenv("TZ", "UTC", 1)
    tzset()
  }

  override func tearDown() {
    unsetenv("TZ")
    tzset()
    try? FileManager.default.removeItem(at: folder)
  }

  private func name(_ pattern: String, _ seconds: Int) throws -> String {
    try OutputPattern(RawPath(pattern)).path(at: seconds).description
  }

  func testTheTimeIsPutIn() throws {
    // Sunday 29 November 2026, 08:05:03.
    let time = 1_795_939_503
    XCTAssertEqual(try name("records-%Y%m%d.jsonl", time), "records-20261129.jsonl")
    XCTAssertEqual(try name("%F/%H-%M.jsonl", time), "2026-11-29/08-05.jsonl")
    XCTAssertEqual(try name("%G-W%V.jsonl", time), "2026-W48.jsonl")
    XCTAssertEqual(try name("day%j", time), "day333")
    XCTAssertEqual(try name("100%%.jsonl", time), "100%.jsonl")
    XCTAssertEqual(try name("plain.jsonl", time), "plain.jsonl")
    XCTAssertFalse(try OutputPattern(RawPath("100%%.jsonl")).isTimed)
  }

  func testOtherConversionsAreRefused() {
    for (pattern, problem) in [("a-%S", "%S"), ("%q", "%q"), ("50%", "%")] {
      XCTAssertThrowsError(try OutputPattern(RawPath(pattern))) { error in
        XCTAssertEqual((error as? OutputPattern.Problem)?.conversion, problem)
      }
    }
  }

  func testTheFilesOfAPatternAreFound() throws {
    for name in [
      "r-20261128.jsonl", "r-20261129.jsonl", "r-2026112.jsonl", "r-20261129.jsonl.gz", "r-2026112x.jsonl", "x.jsonl",
    ] { try Data().write(to: folder.appendingPathComponent(name)) }
    let pattern = try OutputPattern(RawPath("\(folder.path)/r-%Y%m%d.jsonl"))
    XCTAssertEqual(
      pattern.files().map { String(decoding: $0.lastComponent, as: UTF8.self) },
      ["r-20261128.jsonl", "r-20261129.jsonl"])
    XCTAssertEqual(pattern.fixedFolder, RawPath(folder.path))
    XCTAssertEqual(try OutputPattern(RawPath("\(folder.path)/r-20261128.jsonl")).files().count, 1)
  }

  func testFoldersWithATimeInTheirNames() throws {
    for name in ["2026/11", "2026/12", "other/11", "2026x"] {
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
    }
    for name in ["2026/11/28.jsonl", "2026/12/01.jsonl", "2026/11/281.jsonl", "other/11/28.jsonl"] {
      try Data().write(to: folder.appendingPathComponent(name))
    }
    let pattern = try OutputPattern(RawPath("\(folder.path)/%Y/%m/%d.jsonl"))
    let found = pattern.files().map { String($0.description.dropFirst(folder.path.count + 1)) }
    XCTAssertEqual(found, ["2026/11/28.jsonl", "2026/12/01.jsonl"])
    XCTAssertEqual(pattern.fixedFolder, RawPath(folder.path))
    XCTAssertEqual(try OutputPattern(RawPath("%Y/%d.jsonl")).fixedFolder, RawPath("."))
  }
}
