import Foundation
import XCTest

/// The rates of `imgrec bench`, with a network that takes no time.
final class BenchTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    try ImgrecCLI.copies(12, in: folder)
  }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func bench(_ arguments: String...) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(
      ["bench", "photos", "--seconds", "0.02", "-m", ImgrecCLI.instantModel] + arguments, folder: folder)
  }

  func testNoScanIsFasterThanTheLimit() throws {
    let result = try bench("--json", "--progress", "json")
    XCTAssertEqual(result.status, 0, result.err)
    let rates = try XCTUnwrap(JSONSerialization.jsonObject(with: result.out) as? [String: Any])
    XCTAssertEqual(rates["schema"] as? String, "imgrec-bench/1")
    let limit = try XCTUnwrap(rates["limit"] as? Double)
    XCTAssertGreaterThan(limit, 0)
    XCTAssertLessThanOrEqual(try XCTUnwrap(rates["best"] as? Double), limit)
    XCTAssertTrue(result.err.contains("\"measuring\":\"both at once\""), result.err)
  }

  func testATableAndAFile() throws {
    let table = try bench("-q")
    XCTAssertEqual(table.err, "")
    let last = try XCTUnwrap(table.text.split(separator: "\n").last)
    let percent = last.split(separator: " ").dropLast(3).last.flatMap { Double($0) }
    XCTAssertLessThanOrEqual(try XCTUnwrap(percent), 100, String(last))
    for _ in 0..<2 { XCTAssertEqual(try bench("-q", "-o", "rates.json").status, 0) }
    let input = try bench("-o", "photos/0.jpg", "--on-exists", "overwrite")
    XCTAssertEqual(input.status, 2, input.err)
    XCTAssertEqual(try bench("--json", "--format", "table").status, 64)
  }

  func testImagesThatCannotBeDecoded() throws {
    try FileManager.default.removeItem(at: folder.appendingPathComponent("photos"))
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("photos"), withIntermediateDirectories: true)
    XCTAssertEqual(try bench().status, 3)
    try Data("x".utf8).write(to: folder.appendingPathComponent("photos/bad.jpg"))
    let bad = try bench()
    XCTAssertEqual(bad.status, 2)
    XCTAssertTrue(bad.err.contains("none of the images can be decoded"), bad.err)
  }
}
