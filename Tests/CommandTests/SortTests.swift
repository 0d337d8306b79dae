import Foundation
import TestSupport
import XCTest

/// `imgrec sort`: links and copies in folders, none twice, nothing replaced.
final class SortTests: XCTestCase {
  private var folder: URL!

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    for (name, source) in [("a/1.jpg", "exif_1.jpg"), ("b/1.jpg", "exif_2.jpg"), ("b/2.png", "exif_1.png")] {
      let url = folder.appendingPathComponent("photos/\(name)")
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        at: ImgrecCLI.fixtures.appendingPathComponent("images/\(source)"), to: url)
    }
    try Data("no image".utf8).write(to: folder.appendingPathComponent("photos/bad.jpg"))
    let scan = try imgrec("scan", "-q", "-m", ImgrecCLI.instantModel, "photos", "-o", "records.jsonl")
    XCTAssertEqual(scan.status, 1, scan.err)
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func imgrec(_ arguments: String...) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(arguments, folder: folder)
  }

  /// Paths below `name`, without folders.
  private func files(_ name: String) throws -> [String] {
    let root = folder.appendingPathComponent(name)
    return try FileManager.default.subpathsOfDirectory(atPath: root.path).filter { path in
      let type = try FileManager.default.attributesOfItem(atPath: root.appendingPathComponent(path).path)[.type]
      return type as? FileAttributeType != .typeDirectory
    }.sorted()
  }

  private func contents(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name)) }

  func testFilesEachImageOnce() throws {
    for form in ["symbolic", "hard", "copy"] {
      let first = try imgrec("sort", "records.jsonl", "--into", form, "--by", "status", "--link", form)
      XCTAssertEqual(first.status, 0, first.err)
      XCTAssertEqual(first.text, "")
      XCTAssertTrue(first.err.contains("4 images: 4 filed"), first.err)
      let expected = ["ok/1-1.jpg", "ok/1.jpg", "ok/2.png", "unknown_format/bad.jpg"]
      XCTAssertEqual(try files(form), expected)
      XCTAssertEqual(
        Set([try contents("\(form)/ok/1.jpg"), try contents("\(form)/ok/1-1.jpg")]),
        Set([try contents("photos/a/1.jpg"), try contents("photos/b/1.jpg")]))
      let again = try imgrec("sort", "records.jsonl", "records.jsonl", "--into", form, "--by", "status", "--link", form)
      XCTAssertEqual(again.status, 0, again.err)
      XCTAssertTrue(again.err.contains(", 8 there already"), again.err)
      XCTAssertEqual(try files(form), expected)
    }
  }

  func testReplacesNothing() throws {
    let url = folder.appendingPathComponent("sorted/ok/1.jpg")
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: url)
    XCTAssertEqual(try imgrec("sort", "-q", "records.jsonl", "--into", "sorted", "--by", "status").status, 0)
    XCTAssertEqual(try contents("sorted/ok/1.jpg"), Data("mine".utf8))
    XCTAssertEqual(
      try files("sorted"), ["ok/1-1.jpg", "ok/1-2.jpg", "ok/1.jpg", "ok/2.png", "unknown_format/bad.jpg"])
  }

  func testReadsStandardInputInAnyFolder() throws {
    let other = folder.appendingPathComponent("other")
    try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
    let records = try contents("records.jsonl")
    let lost = try ImgrecCLI.run(["sort", "--into", "s", "--by", "label"], input: records, folder: other)
    XCTAssertEqual(lost.status, 1, lost.err)
    XCTAssertTrue(lost.err.contains("photos/a/1.jpg: no such file below"), lost.err)
    XCTAssertTrue(lost.err.contains("--root"), lost.err)
    let found = try ImgrecCLI.run(
      ["sort", "-", "--into", "s", "--by", "label", "--root", ".."], input: records, folder: other)
    XCTAssertEqual(found.status, 0, found.err)
    XCTAssertTrue(found.err.contains("4 images: 3 filed, 1 skipped (without a label)"), found.err)
  }

  func testDryRunMakesNothing() throws {
    let result = try imgrec("sort", "records.jsonl", "--into", "none", "--by", "status", "--dry-run")
    XCTAssertEqual(result.status, 0, result.err)
    let lines = result.text.split(separator: "\n")
    XCTAssertEqual(lines.count, 4)
    XCTAssertTrue(result.text.contains("none/ok/1-1.jpg -> "), result.text)
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.appendingPathComponent("none").path))
  }

  func testMistakes() throws {
    let field = try imgrec("sort", "records.jsonl", "--into", "s", "--by", "colour")
    XCTAssertEqual(field.status, 64)
    XCTAssertTrue(field.err.contains("'colour' is not one of label, person"), field.err)
    let dates = try imgrec("sort", "records.jsonl", "--into", "s", "--by", "taken")
    XCTAssertEqual(dates.status, 0)
    XCTAssertTrue(dates.err.contains("scan with --exif"), dates.err)
    XCTAssertEqual(try imgrec("sort", "missing.jsonl", "--into", "s", "--by", "label").status, 2)
    let image = try imgrec("sort", "photos/a/1.jpg", "--into", "s", "--by", "label")
    XCTAssertEqual(image.status, 2)
    XCTAssertTrue(image.err.contains("it is not JSON"), image.err)
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.appendingPathComponent("s").path))
  }

  func testMembersOfAnArchiveAreNamed() throws {
    XCTAssertEqual(try imgrec("pack", "-q", "photos/a", "-o", "all.tar").status, 0)
    _ = try imgrec("scan", "-q", "-m", ImgrecCLI.instantModel, "all.tar", "-o", "members.jsonl")
    let result = try imgrec("sort", "members.jsonl", "--into", "s", "--by", "label")
    XCTAssertEqual(result.status, 1)
    XCTAssertTrue(result.err.contains("it is inside an archive"), result.err)
  }
}
