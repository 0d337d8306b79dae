import Foundation
import XCTest

/// Kinds of TIFF through the executable: each has a record, and none that is sound is corrupt.
final class TIFFRecordTests: XCTestCase {
  func testEveryKindHasARecord() throws {
    let folder = ImgrecCLI.fixtures.appendingPathComponent("tiff").path
    let result = try ImgrecCLI.run(["scan", folder, "--model", ImgrecCLI.instantModel, "--cache", "off"])
    XCTAssertEqual(result.status, 1, result.err)
    let records = try result.records()
    XCTAssertEqual(records.count, 13)
    for record in records {
      let path = try XCTUnwrap(record["path"] as? String)
      let name = URL(fileURLWithPath: path).lastPathComponent
      let error = record["error"] as? [String: Any]
      switch name {
      case "raw.nef":
        XCTAssertEqual(record["format"] as? String, "dng")
        XCTAssertEqual(record["width"] as? Int, 48, "the thumbnail's size is not the picture's")
      case "jpeg2000.tif":
        XCTAssertEqual(error?["code"] as? String, "unsupported")
        XCTAssertTrue((error?["message"] as? String)?.contains("JPEG 2000") == true, "\(record)")
      default:
        XCTAssertNil(error, "\(name): \(record)")
        XCTAssertNil(record["warnings"], name)
        XCTAssertEqual(record["width"] as? Int, 48, name)
      }
    }
  }
}
