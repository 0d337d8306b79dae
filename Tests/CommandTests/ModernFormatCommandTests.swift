import Foundation
import XCTest

/// HEIC, AVIF, GIF and JPEG XL through the real executable: libraries that start threads, in the confined process.
final class ModernFormatCommandTests: XCTestCase {
  private func records(_ arguments: [String]) throws -> [[String: Any]] {
    let result = try ImgrecCLI.run(
      ["scan", "-q", "--cache", "off", "--order", "input", "--model", ImgrecCLI.instantModel] + arguments)
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertEqual(result.err, "")
    return try result.records()
  }

  func testEachIsReadInTheDecoderProcess() throws {
    let folder = ImgrecCLI.fixtures.appendingPathComponent("modern")
    let records = try records([folder.path])
    XCTAssertEqual(records.count, try FileManager.default.contentsOfDirectory(atPath: folder.path).count)
    for record in records {
      let name = try XCTUnwrap(record["path"] as? String).split(separator: "/").last!
      XCTAssertEqual(
        record["format"] as? String, name.hasSuffix("jxl") ? "jpegxl" : "\(name.suffix(4))".trimmed, "\(name)")
      let isTurned = name.hasPrefix("turned6") || name.hasPrefix("three")
      XCTAssertEqual(record["width"] as? Int, isTurned ? 48 : name.hasPrefix("odd") ? 97 : 64, "\(name)")
    }
  }

  func testEachPageHasARecord() throws {
    for (name, pages) in [
      ("modern/three.heic", 3), ("modern/parts.gif", 4), ("modern/parts.png", 4), ("modern/aside.png", 5),
      ("formats/parts.webp", 3),
    ] {
      let file = ImgrecCLI.fixtures.appendingPathComponent(name).path
      let records = try records(["--pages", "all", file])
      XCTAssertEqual(records.map { $0["page"] as? Int }, Array(1...pages), name)
      XCTAssertEqual(records.map { $0["pages"] as? Int }, Array(repeating: pages, count: pages), name)
    }
  }
}

extension String {
  /// An extension without its dot.
  fileprivate var trimmed: String { hasPrefix(".") ? String(dropFirst()) : self }
}
