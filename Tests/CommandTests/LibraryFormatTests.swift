import XCTest

/// Formats that libraries decode, through the executable.
final class LibraryFormatTests: XCTestCase {
  private let formats = ImgrecCLI.fixtures.appendingPathComponent("formats")

  private func scan(_ names: [String]) throws -> [[String: Any]] {
    let files = names.map { formats.appendingPathComponent($0).path }
    return try ImgrecCLI.run(["scan", "-q", "--cache", "off", "-m", ImgrecCLI.instantModel] + files).records()
  }

  func testTheSamePictureHasTheSameAnswerInEveryFormat() throws {
    let records = try scan(["tiles.j2k", "colours.dcm"])
    XCTAssertEqual(records.map { $0["status"] as? String }, ["ok", "ok"])
    XCTAssertEqual(records.map { $0["format"] as? String }, ["jpeg2000", "dicom"])
    let answers = records.map { record in
      (record["classify"] as? [[String: Any]] ?? []).map { ($0["id"] as? Int, $0["score"] as? Double ?? .nan) }
    }
    XCTAssertFalse(answers[0].isEmpty)
    XCTAssertEqual(answers[0].map(\.0), answers[1].map(\.0))
    for (a, b) in zip(answers[0], answers[1]) { XCTAssertEqual(a.1, b.1, accuracy: 1e-6) }
  }

  func testFramesAndFilesWithoutAPictureAreNamed() throws {
    let records = try scan(["colours.dcm", "report.dcm", "parts.webp"])
    XCTAssertEqual(records.count, 3)
    XCTAssertTrue("\(records[0]["warnings"] ?? "")".contains("2 frames"))
    XCTAssertTrue("\(records[2]["warnings"] ?? "")".contains("3 frames"))
    let error = try XCTUnwrap(records[1]["error"] as? [String: Any])
    XCTAssertEqual(error["code"] as? String, "unsupported")
    XCTAssertEqual(error["message"] as? String, "dicom: no pixel data (modality SR)")
  }
}
