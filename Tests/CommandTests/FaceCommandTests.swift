import Foundation
import XCTest

/// Enrolment, and the formats and files of `faces identify` and `faces cluster`.
final class FaceCommandTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws {
    try ImgrecCLI.pull("yunet", "sface")
    let photos = try ImgrecCLI.photos()
    folder = try ImgrecCLI.temporaryFolder()
    for name in ["zidane.jpg", "astronaut.png", "coffee.png"] {
      try FileManager.default.copyItem(
        at: photos.appendingPathComponent(name), to: folder.appendingPathComponent(name))
    }
  }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func faces(_ arguments: String...) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["faces"] + arguments + ["--gallery", "g.json"], folder: folder)
  }

  private func cluster(_ arguments: String...) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["faces", "cluster"] + arguments, folder: folder)
  }

  func testAPictureOfTwoFacesNeedsLargest() throws {
    let refused = try faces("enroll", "Zin", "zidane.jpg")
    XCTAssertEqual(refused.status, 2)
    XCTAssertTrue(
      refused.err.contains("zidane.jpg: 2 faces; crop it, or take the largest with --largest\n"), refused.err)
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.appendingPathComponent("g.json").path))
    let largest = try faces("enroll", "Zin", "zidane.jpg", "--largest")
    XCTAssertEqual(largest.status, 0, largest.err)
    XCTAssertTrue(largest.err.contains("took the largest of 2 faces, at 914,97,140,187"), largest.err)
    XCTAssertEqual(largest.text, "Zin\t1 face added\n")

    // Of several pictures the others are enrolled.
    let some = try faces("enroll", "Eileen", "zidane.jpg", "astronaut.png", "coffee.png")
    XCTAssertEqual(some.status, 1)
    XCTAssertEqual(some.text, "Eileen\t1 face added\n")
    XCTAssertTrue(some.err.contains("coffee.png: no face"), some.err)
    XCTAssertTrue(some.err.contains("3 images: 1 face of Eileen enrolled, 2 refused"), some.err)

    // The same face is not added again, and under another name it is noted.
    let again = try faces("enroll", "Eileen", "astronaut.png")
    XCTAssertEqual(again.status, 0)
    XCTAssertEqual(again.text, "Eileen\t0 faces added\n")
    XCTAssertTrue(again.err.contains("1 enrolled before"), again.err)
    let other = try faces("enroll", "Collins", "astronaut.png")
    XCTAssertTrue(other.err.contains("astronaut.png: this face is near Eileen of the gallery"), other.err)
    XCTAssertEqual(try faces("list").text, "Zin\t1 face\nEileen\t1 face\nCollins\t1 face\n")
  }

  func testMistakes() throws {
    let none = try faces("forget", "Ada")
    XCTAssertEqual(none.status, 2)
    XCTAssertTrue(none.err.contains("there is no gallery at g.json"), none.err)
    XCTAssertTrue(try faces("list").err.contains("imgrec faces enroll NAME IMAGE"))
    XCTAssertEqual(try faces("enroll", "Eileen", "astronaut.png").status, 0)
    let close = try faces("forget", "Eilen")
    XCTAssertEqual(close.status, 2)
    XCTAssertEqual(close.err, "imgrec: no person named \"Eilen\" in g.json; did you mean \"Eileen\"?\n")
    XCTAssertTrue(try faces("forget", "Xy").err.contains("imgrec faces list"))
    let image = try faces("enroll", "astronaut.png", "zidane.jpg")
    XCTAssertEqual(image.status, 64)
    XCTAssertTrue(image.err.contains("imgrec faces enroll NAME astronaut.png"), image.err)
    let control = try faces("enroll", "a\u{1b}[2J", "zidane.jpg")
    XCTAssertEqual(control.status, 64)
    XCTAssertFalse(control.err.contains("\u{1b}"), control.err)
    try FileManager.default.createDirectory(at: folder.appendingPathComponent("no"), withIntermediateDirectories: true)
    for command in ["identify", "cluster"] {
      let result = try ImgrecCLI.run(
        ["faces", command, "no"] + (command == "identify" ? ["--gallery", "g.json"] : []), folder: folder)
      XCTAssertEqual(result.status, 3, result.err)
      XCTAssertTrue(result.err.contains("no images among the inputs"), result.err)
    }
  }

  func testIdentifyHasFormatsAndFiles() throws {
    XCTAssertEqual(try faces("enroll", "Eileen", "astronaut.png").status, 0)
    try Data("x".utf8).write(to: folder.appendingPathComponent("bad.jpg"))
    let lines = try faces("identify", ".")
    XCTAssertEqual(lines.status, 1)
    XCTAssertTrue(lines.text.hasPrefix("./astronaut.png\tEileen\t0.0\t178,63,90,113\n./zidane.jpg\t-\t-\t"), lines.text)
    XCTAssertTrue(
      lines.err.contains("4 images: 3 ok, 1 failed (unknown format 1); 3 faces, 1 identified (Eileen 1); "), lines.err)
    let table = try faces("identify", ".", "--format", "table", "-q")
    XCTAssertEqual(table.err, "")
    let rows = table.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    XCTAssertEqual(rows[1], ["./astronaut.png", "178,63,90,113", "0.000", "Eileen"])
    XCTAssertEqual(rows[2].prefix(2), ["./bad.jpg", "unknown_format:"])
    XCTAssertEqual(rows[3], ["./coffee.png", "no", "face"])
    XCTAssertEqual(rows[4].last, "unknown")
    XCTAssertEqual(try faces("identify", ".", "-q", "--format", "paths").text, "./astronaut.png\n")

    // Records as those of scan, also twice into one file.
    for _ in 0..<2 { XCTAssertEqual(try faces("identify", ".", "-q", "-o", "r.jsonl").status, 1) }
    let records = try ImgrecCLI.records(Data(contentsOf: folder.appendingPathComponent("r.jsonl")))
    XCTAssertEqual(records.map { $0["status"] as? String }, ["ok", "error", "ok", "ok"])
    let face = try XCTUnwrap((records[0]["faces"] as? [[String: Any]])?.first)
    XCTAssertEqual(face["identity"] as? String, "Eileen")
    XCTAssertEqual(face["distance"] as? Double, 0)
    XCTAssertNil(face["vector"])
    XCTAssertEqual(try faces("identify", ".", "-q", "-o", "r.csv").status, 1)
    let csv = try String(contentsOf: folder.appendingPathComponent("r.csv"), encoding: .utf8)
    XCTAssertTrue(csv.components(separatedBy: "\r\n")[1].hasSuffix(",Eileen,,,,0"), csv)
    for file in ["g.json", "astronaut.png", "bad.jpg"] {
      let before = try Data(contentsOf: folder.appendingPathComponent(file))
      XCTAssertEqual(try faces("identify", ".", "-o", file, "--on-exists", "overwrite").status, 2, file)
      XCTAssertEqual(try Data(contentsOf: folder.appendingPathComponent(file)), before)
    }
    XCTAssertEqual(try faces("identify", ".", "-q", "--limit", "1", "--glob", "*.png").text.count { $0 == "\n" }, 1)
  }

  func testAScanShowsTheDistanceBesideAName() throws {
    XCTAssertEqual(try faces("enroll", "Eileen", "astronaut.png").status, 0)
    let scan = try ImgrecCLI.run(
      ["scan", "-q", "--task", "faces", "--identify", "--gallery", "g.json", "--format", "table", "astronaut.png"],
      folder: folder)
    XCTAssertTrue(scan.text.contains("Eileen (distance 0.00)"), scan.text)
  }

  func testClusterHasFormats() throws {
    try FileManager.default.copyItem(
      at: folder.appendingPathComponent("zidane.jpg"), to: folder.appendingPathComponent("twin.jpg"))
    let lines = try cluster(".", "-q").text.split(separator: "\n").map {
      $0.split(separator: "\t").prefix(2).map(String.init)
    }
    XCTAssertEqual(
      lines,
      [
        ["person 1", "./astronaut.png"], ["person 2", "./twin.jpg"], ["person 2", "./zidane.jpg"],
        ["person 3", "./twin.jpg"], ["person 3", "./zidane.jpg"],
      ])
    let table = try cluster(".", "--format", "table")
    XCTAssertEqual(table.text.components(separatedBy: "person 2").count, 2, "a name once for its lines")
    XCTAssertTrue(table.err.contains("4 images: 4 ok; 5 faces, 3 people; "), table.err)
    let records = try cluster(".", "-q", "--format", "jsonl").records()
    let names = records.map { ($0["faces"] as? [[String: Any]] ?? []).map { $0["identity"] as? String } }
    XCTAssertEqual(names, [["person 1"], [], ["person 2", "person 3"], ["person 2", "person 3"]])
    XCTAssertEqual(try cluster("astronaut.png", "-o", "people.json").status, 0)
    XCTAssertNotNil(
      try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appendingPathComponent("people.json"))) as? [Any])
  }
}
