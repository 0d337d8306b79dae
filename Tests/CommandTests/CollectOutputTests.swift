import Foundation
import RedisTestSupport
import TestSupport
import XCTest

/// `imgrec collect` into several files, and its progress.
final class CollectOutputTests: QueueCommandTestCase {
  private func file(_ name: String) -> URL { folder.appendingPathComponent(name) }
  private func text(_ name: String) throws -> String { try String(contentsOf: file(name), encoding: .utf8) }

  /// Submits a folder with a picture, one of several pages, a file that is no picture, and one whose name is not UTF-8;
  /// returns the URL of the queue.
  private func fill(_ server: RedisServer) throws -> String {
    try photos(3)
    let images = ImgrecCLI.fixtures.appendingPathComponent("images")
    try FileManager.default.copyItem(at: images.appendingPathComponent("pages.tif"), to: file("photos/pages.tif"))
    try Data("no picture".utf8).write(to: file("photos/broken.jpg"))
    XCTAssertEqual(
      try ImgrecCLI.shell("cp photos/0.jpg $'photos/\\xff.jpg'", folder: folder).status, 0)
    let url = "redis://\(server.address)/photos"
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
    XCTAssertEqual(try run("worker", "--queue", url, "--until-empty", "-q", "--cache", "off").status, 0)
    return url
  }

  func testEachFileHasAllRecordsInItsFormat() throws {
    let server = try RedisServer()
    let url = try fill(server)
    let collected = try run(
      "collect", "--queue", url, "-o", "a.jsonl", "-o", "a.csv", "-o", "a.json", "-o", "-", "-q")
    XCTAssertEqual(collected.status, 1, collected.err)
    let records = try ImgrecCLI.records(Data(contentsOf: file("a.jsonl")))
    XCTAssertEqual(records.count, 6)
    XCTAssertEqual(records.filter { $0["status"] as? String == "error" }.count, 1)
    XCTAssertEqual(records.filter { $0["path_bytes"] != nil }.count, 1)
    XCTAssertEqual(collected.out, try Data(contentsOf: file("a.jsonl")), "standard output has the same lines")
    let document = try XCTUnwrap(
      JSONSerialization.jsonObject(with: Data(contentsOf: file("a.json"))) as? [[String: Any]])
    XCTAssertEqual(document.map { $0["path"] as? String }, records.map { $0["path"] as? String })

    // What scan writes of the same files is the right table.
    let scan = try ImgrecCLI.run(
      ["scan", "photos", "--cache", "off", "-q", "--format", "csv"] + model, folder: folder)
    XCTAssertEqual(scan.status, 1, scan.err)
    func rows(_ text: String) -> [String] { text.split(separator: "\r\n").map(String.init) }
    XCTAssertEqual(rows(try text("a.csv"))[0], rows(scan.text)[0])
    XCTAssertEqual(rows(try text("a.csv")).sorted(), rows(scan.text).sorted())
  }

  /// What collect makes of a record is what scan writes of the same file: objects with their columns, EXIF, text.
  func testObjectsExifAndTextAreThoseOfScan() throws {
    try ImgrecCLI.pull("yunet", "ppocr_v6_det", "ppocr_cls", "ppocr_v6_rec")
    let photos = file("photos")
    try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: ImgrecCLI.photos().appendingPathComponent("zidane.jpg"), to: photos.appendingPathComponent("zidane.jpg"))
    for name in ["exif_6.jpg", "text.ppm"] {
      try FileManager.default.copyItem(
        at: ImgrecCLI.fixtures.appendingPathComponent("images/\(name)"), to: photos.appendingPathComponent(name))
    }
    let server = try RedisServer()
    for (inputs, options, ending) in [
      ("photos", ["--task", "faces", "--exif"], "csv"), ("photos/text.ppm", ["--task", "text"], "hocr"),
    ] {
      let url = "redis://\(server.address)/\(ending)"
      XCTAssertEqual(try ImgrecCLI.run(["submit", inputs, "--queue", url] + options, folder: folder).status, 0)
      XCTAssertEqual(try run("worker", "--queue", url, "--until-empty", "-q", "--cache", "off").status, 0)
      XCTAssertEqual(try run("collect", "--queue", url, "-o", "a.\(ending)", "-q").status, 0)
      let scan = try ImgrecCLI.run(
        ["scan", inputs, "--cache", "off", "-q", "--format", ending] + options, folder: folder)
      let lines = scan.text.split(whereSeparator: \.isNewline)
      XCTAssertGreaterThan(lines.count, 3)
      XCTAssertEqual(try text("a.\(ending)").split(whereSeparator: \.isNewline).sorted(), lines.sorted())
    }
  }

  func testMistakesAreNamedBeforeTheQueueIsAsked() throws {
    try Data("remember\n".utf8).write(to: file("notes.csv"))
    let cases: [([String], Int32, String)] = [
      (["-o", "a.jsonl", "-o", "b.jsonl", "--resume"], 64, "--resume continues one file, and -o is given 2 times"),
      (["-o", "a.csv", "--resume"], 64, "--resume continues JSON Lines; a.csv has another format"),
      (["--resume"], 64, "--resume needs -o FILE"),
      (["-o", "-", "-o", "-"], 64, "-o - is given twice"),
      (["-o", "a.jsonl", "-o", "a.parquet"], 64, ".parquet is not a format that imgrec collect writes"),
      (["-o", "a.jsonl.gz"], 64, "imgrec collect ... | gzip > a.jsonl.gz"),
      (["-q", "-v"], 64, "--quiet and --verbose cannot be used together"),
      (["-o", "a.jsonl", "-o", "./a.jsonl"], 2, "name the same file"),
      (["-o", "a.jsonl", "-o", "notes.csv"], 2, "notes.csv exists and seems to be text"),
    ]
    for (words, status, says) in cases {
      let result = try ImgrecCLI.run(["collect", "--queue", "redis://127.0.0.1:1/none"] + words, folder: folder)
      XCTAssertEqual(result.status, status, "\(words)")
      XCTAssertTrue(result.err.contains(says), "\(words): \(result.err)")
      XCTAssertLessThanOrEqual(result.err.split(separator: "\n").count, 2, result.err)
      XCTAssertFalse(FileManager.default.fileExists(atPath: file("a.jsonl").path), "\(words)")
    }
    XCTAssertEqual(try text("notes.csv"), "remember\n")
  }

  func testProgressHasTotalAndTimeLeft() throws {
    let server = try RedisServer()
    let url = try fill(server)
    let result = try run("collect", "--queue", url, "--progress", "json", "-o", "a.jsonl")
    let lines = try ImgrecCLI.records(
      Data(result.err.split(separator: "\n").filter { $0.hasPrefix("{") }.joined(separator: "\n").utf8))
    let last = try XCTUnwrap(lines.last, result.err)
    XCTAssertEqual(last["event"] as? String, "progress")
    XCTAssertEqual(last["done"] as? Int, 6)
    XCTAssertEqual(last["failed"] as? Int, 1)
    XCTAssertEqual(last["total"] as? Int, 6)
    XCTAssertEqual(last["left"] as? Int, 0)
  }
}
