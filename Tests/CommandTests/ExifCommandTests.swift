import Foundation
import RedisTestSupport
import TestSupport
import XCTest

/// `--exif`, by the executable: in each format, with the cache, `--resume`, archives and a queue.
final class ExifCommandTests: XCTestCase {
  private let model = ["--model", ImgrecCLI.instantModel]
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: folder.appendingPathComponent(name))
  }

  private static func image(_ name: String) throws -> [UInt8] {
    try Array(Data(contentsOf: ImgrecCLI.fixtures.appendingPathComponent(name)))
  }

  /// Two photos: one that says all, and one that says nothing.
  private func photos() throws {
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("photos"), withIntermediateDirectories: true)
    let grey = try Self.image("images/grey.jpg")
    try write("photos/a.jpg", ExifBytes.jpeg(ExifBytes.usual(bigEndian: true), before: grey))
    try write("photos/b.jpg", grey)
  }

  private func run(_ words: [String]) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(
      words, environment: ["XDG_CACHE_HOME": folder.appendingPathComponent("cache").path], folder: folder)
  }

  private func scan(_ flags: String...) throws -> ImgrecCLI.Result { try run(["scan", "-q"] + model + flags) }

  private static let usual =
    #"{"taken":"2024-05-01T12:30:11","taken_offset":"+02:00","camera":"Acme Corp. Zoom 3","lens":"Acme 50mm F1.8","#
    + #""gps":[-33.857,-70.5,-12.5]}"#

  /// The fields of each record as they are written; nil if a record has none.
  private func exif(_ lines: Data) -> [String?] {
    String(decoding: lines, as: UTF8.self).split(separator: "\n").map { line in
      guard let start = line.range(of: #""exif":"#)?.upperBound, let end = line[start...].firstIndex(of: "}") else {
        return nil
      }
      return String(line[start...end])
    }
  }

  private func exif(_ result: ImgrecCLI.Result) throws -> [String?] { exif(result.out) }

  func testRecordsHaveItOnlyIfItIsAskedFor() throws {
    try photos()
    XCTAssertEqual(try exif(scan("photos", "--exif")), [Self.usual, "{}"])
    XCTAssertEqual(try exif(scan("photos")), [nil, nil])
    let csv = try scan("photos", "--exif", "--format", "csv").text.components(separatedBy: "\r\n")
    XCTAssertTrue(csv[0].hasSuffix(",distance,taken,taken_offset,camera,lens,latitude,longitude,altitude"), csv[0])
    XCTAssertTrue(
      csv[1].hasSuffix(",2024-05-01T12:30:11,+02:00,Acme Corp. Zoom 3,Acme 50mm F1.8,-33.857,-70.5,-12.5"), csv[1])
    XCTAssertTrue(csv.contains { $0.hasPrefix("photos/b.jpg") && $0.hasSuffix(",,,,,,,") })
    XCTAssertFalse(try scan("photos", "--format", "csv").text.contains("taken"))
  }

  func testAFailureHasWhatItsFileStates() throws {
    try write("cut.jpg", ExifBytes.jpeg(ExifBytes.usual(), before: Self.image("damaged/cut_header.jpg")))
    let result = try scan("cut.jpg", "gone.jpg", "--exif")
    XCTAssertEqual(result.status, 1)
    XCTAssertEqual(try exif(result), [Self.usual, nil])
    XCTAssertEqual(try result.records().map { $0["status"] as? String }, ["error", "error"])
  }

  func testMembersOfArchivesAndStandardInput() throws {
    try photos()
    let photo = try Array(Data(contentsOf: folder.appendingPathComponent("photos/a.jpg")))
    try write("photos.zip", ArchiveBytes.zip([.init("x.jpg", photo)]))
    XCTAssertEqual(try exif(scan("photos.zip", "--exif")), [Self.usual])
    let piped = try ImgrecCLI.run(["scan", "-q", "-", "--exif"] + model, input: Data(photo), folder: folder)
    XCTAssertEqual(try exif(piped), [Self.usual])
  }

  /// Answers that a run without the option has cached are used, and the files read once for their fields.
  func testTheCacheHasThemToo() throws {
    try photos()
    ImgrecCLI.settle()
    func counted(_ flags: String...) throws -> (exif: [String?], caches: [String?], bytes: Int?) {
      let result = try run(
        ["scan", "photos", "-q", "--summary", "summary", "--on-exists", "overwrite"] + model + flags)
      let data = try Data(contentsOf: folder.appendingPathComponent("summary"))
      let summary = try JSONSerialization.jsonObject(with: data) as? [String: Any]
      return (try exif(result), try result.records().map { $0["cache"] as? String }, summary?["bytes"] as? Int)
    }
    XCTAssertEqual(try counted().caches, ["miss", "miss"])
    let read = try counted("--exif")
    XCTAssertEqual(read.exif, [Self.usual, "{}"])
    XCTAssertEqual(read.caches, ["hit", "hit"])
    XCTAssertGreaterThan(read.bytes ?? 0, 0)
    for _ in 0..<2 {
      let unread = try counted("--exif")
      XCTAssertEqual(unread.exif, [Self.usual, "{}"])
      XCTAssertEqual(unread.caches, ["hit", "hit"])
      XCTAssertEqual(unread.bytes, 0)
    }
    XCTAssertEqual(try counted().exif, [nil, nil])
    XCTAssertEqual(try run(["cache", "verify"]).text, "ok\n")
    XCTAssertEqual(
      try scan("photos", "--exif", "--format", "csv").text,
      try scan("photos", "--exif", "--format", "csv", "--cache", "off").text)
  }

  func testResumeNeedsTheSameOption() throws {
    try photos()
    XCTAssertEqual(try scan("photos/a.jpg", "--exif", "-o", "with.jsonl").status, 0)
    XCTAssertEqual(try scan("photos/a.jpg", "-o", "without.jsonl").status, 0)
    XCTAssertEqual(try scan("photos", "--exif", "-o", "with.jsonl", "--resume").status, 0)
    XCTAssertEqual(exif(try Data(contentsOf: folder.appendingPathComponent("with.jsonl"))), [Self.usual, "{}"])
    let added = try scan("photos", "--exif", "-o", "without.jsonl", "--resume")
    XCTAssertEqual(added.status, 2)
    XCTAssertTrue(added.err.contains("record 1 was made without --exif; leave it out, or use another file"), added.err)
    let dropped = try scan("photos", "-o", "with.jsonl", "--resume")
    XCTAssertEqual(dropped.status, 2)
    XCTAssertTrue(dropped.err.contains("record 1 was made with --exif; use the same option"), dropped.err)
  }

  func testFormatsWithoutRoomRefuseIt() throws {
    try photos()
    for format in ["paths", "table", "coco", "yolo", "voc"] {
      let result = try scan("photos", "--exif", "--format", format, "-o", "out")
      XCTAssertEqual(result.status, 64, format)
      XCTAssertTrue(result.err.contains("--format \(format) has no room for it"), result.err)
      XCTAssertTrue(result.err.contains("Use --format jsonl, json or csv, or leave --exif out."), result.err)
    }
  }

  func testEachPageHasTheFieldsOfItsFile() throws {
    let page = TIFFPages.Page(4, 4)
    try write("two.tif", Array(TIFFPages([page, page]).data))
    XCTAssertEqual(try exif(scan("two.tif", "--exif", "--pages", "all")), ["{}", "{}"])
  }

  func testAQueueAndItsWorkers() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    try photos()
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    let submit = ["submit", "photos", "-q", "--queue", url, "--cache", "off"] + model
    XCTAssertEqual(try run(submit + ["--exif"]).status, 0)
    let other = try run(submit)
    XCTAssertEqual(other.status, 2)
    XCTAssertTrue(other.err.contains("has other options"), other.err)
    XCTAssertEqual(try run(["worker", "-q", "--queue", url, "--until-empty", "--cache", "off"]).status, 0)
    let collected = try run(["collect", "-q", "--queue", url])
    XCTAssertEqual(Set(try exif(collected)), [Self.usual, "{}"])
    // Cached fields need no worker.
    ImgrecCLI.settle()
    XCTAssertEqual(try scan("photos", "--exif").status, 0)
    let known = try run(["submit", "photos", "--exif", "--queue", url + "2"] + model)
    XCTAssertTrue(known.err.contains("2 submitted (2 cached)"), known.err)
    XCTAssertEqual(Set(try exif(run(["collect", "-q", "--queue", url + "2"]))), [Self.usual, "{}"])
  }
}
