import Foundation
import TestSupport
import XCTest

/// `imgrec anonymise`: copies without faces, and no copy of what is not known.
final class AnonymiseTests: XCTestCase {
  private var folder: URL!

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("photos/sub"), withIntermediateDirectories: true)
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func imgrec(_ arguments: String...) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(arguments, folder: folder)
  }

  private func url(_ name: String) -> URL { folder.appendingPathComponent(name) }
  private func contents(_ name: String) throws -> Data { try Data(contentsOf: url(name)) }
  private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: url(name).path) }

  /// Copies a fixture, and returns its record, with `more` keys.
  private func add(_ fixture: String, as name: String, _ more: [String: Any]) throws -> [String: Any] {
    try FileManager.default.copyItem(
      at: ImgrecCLI.fixtures.appendingPathComponent("images/\(fixture)"), to: url(name))
    let scan = try imgrec("scan", "-q", "-m", ImgrecCLI.instantModel, name)
    var record = try XCTUnwrap(scan.records().first)
    for (key, value) in more { record[key] = value }
    return record
  }

  private func write(_ records: [[String: Any]], to name: String = "records.jsonl") throws {
    var lines = Data()
    for record in records { lines += try JSONSerialization.data(withJSONObject: record) + Data("\n".utf8) }
    try lines.write(to: url(name))
  }

  private let face: [String: Any] = ["score": 0.9, "box": [10, 10, 24, 30]]

  func testEveryImageThatWasSearchedGetsACopy() throws {
    try write([
      add("photo.jpg", as: "photos/face.jpg", ["faces": [face]]),
      add("rgb16.png", as: "photos/sub/face.png", ["faces": [face]]),
      add("lossy.webp", as: "photos/face.webp", ["faces": [face]]),
      add("photo_progressive.jpg", as: "photos/none.jpg", ["faces": [Any]()]),
      add("exif_6.tif", as: "photos/face.tif", ["faces": [face]]),
    ])
    let result = try imgrec("anonymise", "records.jsonl", "-o", "out")
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertEqual(result.text, "")
    XCTAssertTrue(result.err.contains("no record has plates"), result.err)
    XCTAssertTrue(result.err.contains("5 images: 5 copied"), result.err)
    XCTAssertTrue(result.err.contains("4 faces hidden"), result.err)
    for name in ["face.jpg", "sub/face.png", "face.webp"] {
      XCTAssertNotEqual(try contents("out/photos/\(name)"), try contents("photos/\(name)"), name)
    }
    XCTAssertEqual(try contents("out/photos/none.jpg"), try contents("photos/none.jpg"))
    XCTAssertTrue(exists("out/photos/face.tif.png"))
    let scan = try imgrec("scan", "-q", "-m", ImgrecCLI.instantModel, "out")
    XCTAssertEqual(scan.status, 0, scan.err)
    XCTAssertEqual(
      try scan.records().map { "\($0["width"]!)x\($0["height"]!)" }.sorted(),
      try imgrec("scan", "-q", "-m", ImgrecCLI.instantModel, "photos").records().map {
        "\($0["width"]!)x\($0["height"]!)"
      }.sorted())
    // The originals are as they were.
    XCTAssertEqual(
      try contents("photos/face.jpg"),
      try Data(contentsOf: ImgrecCLI.fixtures.appendingPathComponent("images/photo.jpg")))
  }

  func testUnknownIsNotEmpty() throws {
    let failed: [String: Any] = [
      "schema": "imgrec/1", "path": "photos/failed.jpg", "status": "error",
      "error": ["stage": "infer", "code": "crashed", "message": "it crashed"],
    ]
    try FileManager.default.copyItem(
      at: ImgrecCLI.fixtures.appendingPathComponent("images/photo.jpg"), to: url("photos/failed.jpg"))
    let changed = try add("photo.jpg", as: "photos/changed.jpg", ["faces": [face]])
    try write([
      add("photo.jpg", as: "photos/good.jpg", ["faces": [face]]), failed,
      add("grey.jpg", as: "photos/plates.jpg", ["plates": [Any]()]), changed,
      add("animated.webp", as: "photos/animated.webp", ["faces": [Any]()]),
      ["schema": "imgrec/1", "path": "photos/missing.jpg", "status": "ok", "faces": [Any]()],
    ])
    try (contents("photos/changed.jpg") + Data([0])).write(to: url("photos/changed.jpg"))
    let result = try imgrec("anonymise", "records.jsonl", "-o", "out")
    XCTAssertEqual(result.status, 1, result.err)
    for line in [
      "photos/failed.jpg: it was not recognised: it crashed",
      "photos/plates.jpg: no record of it has faces; scan it with --task faces,plates",
      "photos/good.jpg: no record of it has plates", "photos/changed.jpg: no record of it has plates",
      "photos/animated.webp: it has several pages or frames", "photos/missing.jpg: no such file",
    ] { XCTAssertTrue(result.err.contains(line), "\(line)\n\(result.err)") }
    XCTAssertFalse(exists("out"))
    // What is named decides.
    let faces = try imgrec("anonymise", "records.jsonl", "-o", "out", "--task", "faces")
    XCTAssertEqual(faces.status, 1, faces.err)
    XCTAssertTrue(faces.err.contains("photos/changed.jpg: it has changed since the scan"), faces.err)
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: url("out/photos").path), ["good.jpg"])
  }

  func testFacesOfOneFileAndPlatesOfAnother() throws {
    let image = try add("photo.jpg", as: "photos/a.jpg", [:])
    var (faces, plates) = (image, image)
    faces["faces"] = [face]
    plates["plates"] = [["score": 1, "box": [2, 2, 20, 8]]]
    try write([faces], to: "faces.jsonl")
    try write([plates], to: "plates.jsonl")
    let trial = try imgrec("anonymise", "faces.jsonl", "plates.jsonl", "-o", "out", "--dry-run")
    XCTAssertEqual(trial.status, 0, trial.err)
    XCTAssertEqual(trial.text, "photos/a.jpg -> out/photos/a.jpg: 1 face, 1 plate\n")
    XCTAssertFalse(exists("out"))
    let result = try imgrec("anonymise", "faces.jsonl", "plates.jsonl", "-o", "out")
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertTrue(result.err.contains("1 face, 1 plate hidden"), result.err)
  }

  func testReplacesNothingWithoutLeave() throws {
    let record = try add("photo.jpg", as: "photos/a.jpg", ["faces": [face]])
    try write([record])
    let original = try contents("photos/a.jpg")
    // The folder of the originals, under any of its names.
    for output in [".", "photos/..", folder.path] {
      for policy in ["error", "skip", "overwrite"] {
        let result = try imgrec("anonymise", "records.jsonl", "-o", output, "--on-exists", policy)
        XCTAssertEqual(result.status, 2, result.err)
        XCTAssertTrue(result.err.contains("would replace the image photos/a.jpg"), result.err)
      }
    }
    XCTAssertEqual(try contents("photos/a.jpg"), original)
    XCTAssertEqual(try imgrec("anonymise", "records.jsonl", "-o", "out").status, 0)
    let first = try contents("out/photos/a.jpg")
    let again = try imgrec("anonymise", "records.jsonl", "-o", "out", "--method", "fill")
    XCTAssertEqual(again.status, 2)
    XCTAssertTrue(again.err.contains("out/photos/a.jpg exists already; use --on-exists skip"), again.err)
    let skipped = try imgrec("anonymise", "records.jsonl", "-o", "out", "--on-exists", "skip")
    XCTAssertEqual(skipped.status, 0)
    XCTAssertTrue(skipped.err.contains("1 skipped (there already)"), skipped.err)
    XCTAssertEqual(try contents("out/photos/a.jpg"), first)
    XCTAssertEqual(try imgrec("anonymise", "records.jsonl", "-o", "out", "--on-exists", "rename").status, 0)
    XCTAssertEqual(try contents("out/photos/a-1.jpg"), first)
    XCTAssertEqual(
      try imgrec("anonymise", "records.jsonl", "-o", "out", "--on-exists", "overwrite", "--method", "fill").status, 0)
    XCTAssertNotEqual(try contents("out/photos/a.jpg"), first)
  }

  func testMistakes() throws {
    let record = try add("photo.jpg", as: "photos/a.jpg", ["faces": [face]])
    try write([record])
    var plain = record
    plain["faces"] = nil
    try write([plain], to: "plain.jsonl")
    try Data().write(to: url("empty.jsonl"))
    let cases: [(arguments: [String], status: Int32, text: String)] = [
      (["records.jsonl"], 64, "-o"), (["records.jsonl", "-o", "out", "--task", "classify"], 64, "is not a task"),
      (["records.jsonl", "-o", "out", "--margin", "3"], 64, "from 0 to 2"),
      (["records.jsonl", "-o", "out", "--method", "swirl"], 64, "pixelate"),
      (["records.jsonl", "-o", "out", "--labels", "person"], 2, "Scan with --task detect"),
      (["records.jsonl", "-o", "out", "--task", "text"], 2, "no record has text"),
      (["plain.jsonl", "-o", "out"], 2, "no record has faces or plates\nScan with"),
      (["records.jsonl", "-o", "records.jsonl"], 2, "cannot write into records.jsonl"),
      (["empty.jsonl", "-o", "out"], 3, "the records are empty"),
      (["missing.jsonl", "-o", "out"], 2, "missing.jsonl"), (["photos/a.jpg", "-o", "out"], 2, "it is not JSON"),
    ]
    for (arguments, status, text) in cases {
      let result = try ImgrecCLI.run(["anonymise"] + arguments, folder: folder)
      XCTAssertEqual(result.status, status, "\(arguments): \(result.err)")
      XCTAssertTrue(result.err.contains(text), "\(arguments): \(result.err)")
      XCTAssertLessThanOrEqual(result.err.split(separator: "\n").count, 2, result.err)
      XCTAssertFalse(exists("out"))
    }
  }

  func testObjectsByLabel() throws {
    let person: [String: Any] = ["label": "person", "id": 0, "score": 0.9, "box": [10, 10, 20, 40]]
    try write([add("photo.jpg", as: "photos/a.jpg", ["detect": [person], "faces": [face]])])
    let result = try imgrec("anonymise", "records.jsonl", "-o", "out", "--labels", "person,preson")
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertTrue(result.err.contains("no record has the label preson. Did you mean person?"), result.err)
    XCTAssertTrue(result.err.contains("1 face, 1 object hidden"), result.err)
  }

  func testArchiveMembersAndNamesThatAreNotText() throws {
    let record = try add("photo.jpg", as: "photos/a.jpg", ["faces": [face]])
    let name = "photos/\u{1}".utf8.map { $0 == 1 ? 0xFF : $0 } + Array(".jpg".utf8)
    let bytes = try contents("photos/a.jpg")
    let path = Array(folder.path.utf8) + [UInt8(ascii: "/")] + name
    let file = (path + [0]).withUnsafeBufferPointer {
      $0.withMemoryRebound(to: CChar.self) { fopen($0.baseAddress!, "w") }
    }
    _ = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
    fclose(file)
    var odd = record
    odd["path"] = "photos/\u{FFFD}.jpg"
    odd["path_bytes"] = Data(name).base64EncodedString()
    var member = record
    member["path"] = "photos/a.jpg/member.jpg"
    try write([odd, member])
    let result = try imgrec("anonymise", "records.jsonl", "-o", "out")
    XCTAssertEqual(result.status, 1, result.err)
    XCTAssertTrue(result.err.contains("it is inside an archive"), result.err)
    XCTAssertTrue(result.err.contains("2 images: 1 copied, 1 failed"), result.err)
    let found = try ImgrecCLI.shell("ls out/photos | od -An -tx1", folder: folder)
    XCTAssertEqual(found.text.trimmingCharacters(in: .whitespacesAndNewlines), "ff 2e 6a 70 67 0a")
  }

  /// The detector that wrote the records, and others, find no face in the copies.
  func testNothingIsLeftOnPhotos() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("yunet", "centerface", "res10_ssd")
    for name in ["zidane.jpg", "bus.jpg", "astronaut.png"] {
      try FileManager.default.copyItem(at: photos.appendingPathComponent(name), to: url("photos/\(name)"))
    }
    let scan = try imgrec("scan", "-q", "--task", "faces", "photos", "-o", "faces.jsonl")
    XCTAssertEqual(scan.status, 0, scan.err)
    for method in ["pixelate", "blur", "fill"] {
      let result = try imgrec("anonymise", "faces.jsonl", "-o", method, "--method", method)
      XCTAssertEqual(result.status, 0, result.err)
      XCTAssertTrue(result.err.contains("5 faces hidden"), result.err)
      for model in ["yunet", "centerface", "res10_ssd"] {
        for record in try imgrec("scan", "-q", "-m", model, method).records() {
          XCTAssertEqual((record["faces"] as? [Any])?.count, 0, "\(model), \(method): \(record)")
        }
      }
    }
  }
}
