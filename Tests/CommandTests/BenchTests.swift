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

  private func cascade(_ arguments: String...) throws -> ImgrecCLI.Result {
    let models = ImgrecCLI.fixtures.appendingPathComponent("models")
    let heavy = folder.appendingPathComponent("heavy.onnx")
    if !FileManager.default.fileExists(atPath: heavy.path) {
      try FileManager.default.copyItem(at: models.appendingPathComponent("single.onnx"), to: heavy)
      let card = try String(contentsOf: models.appendingPathComponent("classes.json"), encoding: .utf8)
      try card.replacingOccurrences(of: "\"classes", with: "\"heavy").write(
        to: folder.appendingPathComponent("heavy.json"), atomically: true, encoding: .utf8)
    }
    let light = models.appendingPathComponent("classes.onnx").path
    return try ImgrecCLI.run(
      ["bench", "photos", "--cascade", "\(light),\(heavy.path)"] + arguments, folder: folder)
  }

  func testTheThresholdOfACascade() throws {
    let result = try cascade("--json", "--max-loss", "1")
    XCTAssertEqual(result.status, 0, result.err)
    let found = try XCTUnwrap(JSONSerialization.jsonObject(with: result.out) as? [String: Any])
    XCTAssertEqual(found["schema"] as? String, "imgrec-bench-cascade/1")
    XCTAssertEqual(found["right_by"] as? String, "heavy")
    XCTAssertEqual(found["images"] as? Int, 12)
    XCTAssertEqual(found["threshold"] as? Double, 0, "everything may be lost")
    XCTAssertEqual(found["forwarded"] as? Double, 0)
    XCTAssertEqual(found["heavy_right"] as? Double, 1)
    XCTAssertEqual((found["rows"] as? [Any])?.count, 21)
    let table = try cascade("-q", "--max-loss", "1")
    XCTAssertEqual(table.err, "")
    XCTAssertTrue(table.text.contains("threshold 0 (best)"), table.text)
  }

  func testFoldersNamedAfterLabelsSayWhatIsRight() throws {
    let photos = folder.appendingPathComponent("photos")
    let blue = photos.appendingPathComponent("Blue")
    try FileManager.default.createDirectory(at: blue, withIntermediateDirectories: true)
    for n in 0..<5 {
      try FileManager.default.moveItem(
        at: photos.appendingPathComponent("\(n).jpg"), to: blue.appendingPathComponent("\(n).jpg"))
    }
    let result = try cascade("--json", "-q")
    XCTAssertEqual(result.status, 0, result.err)
    let found = try XCTUnwrap(JSONSerialization.jsonObject(with: result.out) as? [String: Any])
    XCTAssertEqual(found["right_by"] as? String, "folder")
    XCTAssertEqual(found["images"] as? Int, 5, "those in folders that are named after no label do not count")
  }

  func testMistakesOfACascade() throws {
    for (arguments, message) in [
      (["--cascade", "a"], "Name them: --cascade LIGHT,HEAVY."),
      (["--cascade", "mobilenet_v2,yunet"], "--cascade needs two models that classify; yunet does not"),
      (["--cascade", "mobilenet_v2,efficientnet_lite0", "-m", "yunet"], "Leave --cascade or --model out."),
      (["--cascade", "mobilenet_v2,efficientnet_lite0", "--save"], "pass the threshold to imgrec scan"),
      (["--max-loss", "0.1"], "Add --cascade LIGHT,HEAVY, or leave --max-loss out."),
    ] {
      let result = try ImgrecCLI.run(["bench", "photos"] + arguments, folder: folder)
      XCTAssertEqual(result.status, 64, result.err)
      XCTAssertTrue(result.err.contains(message), result.err)
    }
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
