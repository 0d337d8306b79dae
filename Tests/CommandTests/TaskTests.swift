import Foundation
import XCTest

/// Every task on the demo's photos gives the answers that a person would give.
final class TaskTests: XCTestCase {
  private func answers(_ task: String, _ photo: String, _ flags: String...) throws -> [[String: Any]] {
    let result = try ImgrecCLI.run(["scan", photo, "-q", "--engine", "opencv"] + flags, folder: ImgrecCLI.photos())
    XCTAssertEqual(result.status, 0, result.err)
    return try XCTUnwrap(result.records().first?[task] as? [[String: Any]])
  }

  private func labels(_ found: [[String: Any]]) -> [String] { found.compactMap { $0["label"] as? String } }

  /// A model's card.
  private func card(_ model: String) throws -> [String: Any] {
    let info = try JSONSerialization.jsonObject(with: ImgrecCLI.run(["models", "info", model, "--json"]).out)
    return try XCTUnwrap(info as? [String: Any])
  }

  /// The path of a model's network.
  private func network(_ model: String) throws -> String {
    try ImgrecCLI.run(["models", "path", model]).text.trimmingCharacters(in: .newlines)
  }

  func testDetectorsSeeTheBusAndThePeople() throws {
    _ = try ImgrecCLI.photos()
    for model in ["yolox_nano", "ssd_mobilenet_v3", "yolov4_tiny"] {
      try ImgrecCLI.pull(model)
      let found = labels(try answers("detect", "bus.jpg", "-m", model))
      XCTAssertTrue(found.contains("bus"), "\(model): \(found)")
      XCTAssertGreaterThanOrEqual(found.count { $0 == "person" }, 3, "\(model): \(found)")
      XCTAssertTrue(labels(try answers("detect", "chelsea.png", "-m", model)).contains("cat"), model)
    }
    XCTAssertEqual(Set(labels(try answers("detect", "bus.jpg", "-m", "yolox_nano", "--labels", "bus"))), ["bus"])
    let unknown = try ImgrecCLI.run(
      ["scan", "bus.jpg", "-q", "-m", "yolox_nano", "--labels", "busses"], folder: ImgrecCLI.photos())
    XCTAssertEqual(unknown.status, 2)
    XCTAssertTrue(unknown.err.contains("has no label \"busses\""), unknown.err)
  }

  /// ONNX Runtime does not compute most of the padding below wide pictures: the same objects in the same places.
  func testTrimmedLetterboxesShowTheSameObjects() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("yolox_nano")
    var card = try card("yolox_nano")
    var input = try XCTUnwrap(card["input"] as? [String: Any])
    input["resize"] = ["rule": "letterbox", "pad": 114, "anchor": "corner"]
    card["input"] = input
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let whole = folder.appendingPathComponent("whole.json").path
    try JSONSerialization.data(withJSONObject: card).write(to: URL(fileURLWithPath: whole))
    let network = try network("yolox_nano")
    func objects(_ flags: String...) throws -> [(label: String, score: Double, box: [Double])] {
      let names = ["bus.jpg", "zidane.jpg", "motorcycle_left.png", "chelsea.png", "coffee.png"]
      let run = ["scan", "-q", "--cache", "off"] + names + flags
      let result = try ImgrecCLI.run(run, folder: photos)
      if result.status == 2, result.err.contains("engines pull") { throw XCTSkip("ONNX Runtime is not installed") }
      XCTAssertEqual(result.status, 0, result.err)
      return try result.records().flatMap { $0["detect"] as? [[String: Any]] ?? [] }.map {
        ($0["label"] as? String ?? "", $0["score"] as? Double ?? 0, $0["box"] as? [Double] ?? [])
      }
    }
    let trimmed = try objects("-m", "yolox_nano", "--engine", "onnxruntime")
    let reference = try objects("-m", network, "--card", whole, "--engine", "onnxruntime").filter { $0.score >= 0.4 }
    XCTAssertGreaterThanOrEqual(reference.count, 10)
    for object in reference {
      XCTAssertTrue(
        trimmed.contains { other in
          other.label == object.label && abs(other.score - object.score) < 0.05
            && zip(other.box, object.box).allSatisfy { abs($0 - $1) < 8 }
        }, "\(object): \(trimmed)")
    }
  }

  func testFaceDetectorsSeeTheAstronaut() throws {
    _ = try ImgrecCLI.photos()
    for model in ["yunet", "centerface", "res10_ssd", "lbp_frontal"] {
      try ImgrecCLI.pull(model)
      let faces = try answers("faces", "astronaut.png", "-m", model)
      // The cascade also sees one, less surely, in what is not a face.
      let sure = faces.filter { ($0["score"] as? Double).map { $0 > 0.6 } ?? false }
      XCTAssertEqual(model == "lbp_frontal" ? sure.count : faces.count, 1, model)
    }
  }

  /// The shapes differ from photo to photo; what one saw must not reach the next.
  func testManyShapesDoNotDisturbEachOther() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("centerface")
    let flags = ["-q", "-m", "centerface", "--engine", "opencv", "--instances", "1"]
    for record in try ImgrecCLI.run(["scan", "."] + flags, folder: photos).records() {
      let path = try XCTUnwrap(record["path"] as? String)
      let alone = try XCTUnwrap(ImgrecCLI.run(["scan", path] + flags, folder: photos).records().first)
      XCTAssertEqual((record["faces"] as? [Any])?.count, (alone["faces"] as? [Any])?.count, path)
    }
  }

  func testASegmentACutoutAndAMask() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("u2netp")
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let found = try answers(
      "segment", "coffee.png", "-m", "u2netp", "--cutout", folder.path + "/cut", "--masks", folder.path + "/masks",
      "--annotate", folder.path + "/drawn")
    XCTAssertEqual(labels(found), ["salient"])
    XCTAssertEqual(found[0]["file"] as? String, folder.path + "/masks/coffee.png.png")
    for name in ["cut/coffee.png.png", "masks/coffee.png.png", "drawn/coffee.png.jpg"] {
      XCTAssertTrue(FileManager.default.fileExists(atPath: folder.path + "/" + name), name)
    }
    XCTAssertNotNil(try answers("segment", "coffee.png", "-m", "u2netp")[0]["rle"])
    _ = photos
  }

  func testQualityAndEmbeddings() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("mobilenet_v2_features")
    let result = try ImgrecCLI.run(["scan", "bus.jpg", "zidane.jpg", "-q", "--task", "quality,embed"], folder: photos)
    let records = try result.records()
    let sharpness = records.compactMap { ($0["quality"] as? [String: Double])?["sharpness"] }
    XCTAssertGreaterThan(sharpness[0], sharpness[1], "the second photo is blurred around the players")
    for record in records {
      let embedding = try XCTUnwrap(record["embed"] as? [String: Any])
      XCTAssertEqual(embedding["dim"] as? Int, 1280)
      XCTAssertEqual(Data(base64Encoded: embedding["values"] as? String ?? "")?.count, 4 * 1280)
    }
  }

  func testPeopleAreKnownAgain() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("yunet", "sface")
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let gallery = ["--gallery", folder.appendingPathComponent("g.json").path]
    let missing = try ImgrecCLI.run(
      ["scan", "bus.jpg", "-q", "--task", "faces", "--identify"] + gallery, folder: photos)
    XCTAssertEqual(missing.status, 2)
    XCTAssertTrue(missing.err.contains("faces enroll"), missing.err)
    XCTAssertEqual(
      try ImgrecCLI.run(["faces", "enroll", "Eileen", "astronaut.png"] + gallery, folder: photos).status, 0)
    XCTAssertEqual(try ImgrecCLI.run(["faces", "enroll", "Nobody", "coffee.png"] + gallery, folder: photos).status, 2)
    XCTAssertEqual(try ImgrecCLI.run(["faces", "list"] + gallery).text, "Eileen\t1 face\n")
    let result = try ImgrecCLI.run(
      ["scan", "astronaut.png", "zidane.jpg", "-q", "--task", "faces", "--identify"] + gallery, folder: photos)
    let found = try result.records().map { ($0["faces"] as? [[String: Any]] ?? []).map { $0["identity"] as? String } }
    XCTAssertEqual(found, [["Eileen"], [nil, nil]])
    let clusters = try ImgrecCLI.run(["faces", "cluster", "astronaut.png", "zidane.jpg"], folder: photos)
    XCTAssertEqual(Set(clusters.text.split(separator: "\n").map { $0.prefix(8) }).count, 3)
    XCTAssertEqual(try ImgrecCLI.run(["faces", "forget", "Eileen"] + gallery).status, 0)
    XCTAssertEqual(try ImgrecCLI.run(["faces", "forget", "Eileen"] + gallery).status, 2)
  }

  func testAnExportWithoutACard() throws {
    _ = try ImgrecCLI.photos()
    try ImgrecCLI.pull("yolox_nano")
    let network = try network("yolox_nano")
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let classes = try XCTUnwrap((card("yolox_nano")["labels"] as? [String: Any])?["names"] as? [String])
    let names = folder.appendingPathComponent("names.txt").path
    try Data(classes.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: names))
    let flags = ["--model", network, "--head", "yolox", "--input-size", "416", "--labels-file"]
    let result = try ImgrecCLI.run(["scan", "bus.jpg", "-q"] + flags + [names], folder: ImgrecCLI.photos())
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertTrue(labels(try XCTUnwrap(result.records()[0]["detect"] as? [[String: Any]])).contains("bus"))
    let short = folder.appendingPathComponent("short.txt")
    try Data("a\nb\n".utf8).write(to: short)
    let wrong = try ImgrecCLI.run(["scan", "bus.jpg", "-q"] + flags + [short.path], folder: ImgrecCLI.photos())
    XCTAssertEqual(wrong.status, 2)
    XCTAssertTrue(wrong.err.contains("the network gave 80 classes, the card has 2 labels"), wrong.err)
    XCTAssertEqual(try ImgrecCLI.run(["scan", "bus.jpg", "--labels-file", "x"], folder: ImgrecCLI.photos()).status, 64)
  }

  func testTextIsRead() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("ppocr_v6_det", "ppocr_cls", "ppocr_v6_rec")
    let result = try ImgrecCLI.run(["scan", "bus.jpg", "-q", "--task", "text"], folder: photos)
    if result.status == 2, result.err.contains("engines pull") { throw XCTSkip("no engine here runs PP-OCR") }
    XCTAssertEqual(result.status, 0, result.err)
    let lines = try XCTUnwrap(result.records()[0]["text"] as? [[String: Any]])
    let texts = lines.compactMap { $0["text"] as? String }
    // The outline of the line ends within two pixels of its full stop, before or after it: the detector averages over the
    // whole piece of a page, so that every outline depends on the shape of the pieces a little.
    XCTAssertTrue(texts.contains { $0.hasPrefix("cero") } && texts.contains("emisiones"), "\(texts)")
    XCTAssertEqual((lines[0]["quad"] as? [[Double]])?.count, 4)
  }
}
