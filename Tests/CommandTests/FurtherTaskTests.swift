import Foundation
import XCTest

/// Plates, EAST, age and gender, OpenFace: on real weights.
final class FurtherTaskTests: XCTestCase {
  private let plate = ImgrecCLI.fixtures.appendingPathComponent("plates/plate.jpg").path

  private func found(_ task: String, _ arguments: [String], folder: URL? = nil) throws -> [[String: Any]] {
    let result = try ImgrecCLI.run(["scan", "-q"] + arguments, folder: folder)
    XCTAssertEqual(result.status, 0, result.err)
    return try XCTUnwrap(result.records().first?[task] as? [[String: Any]])
  }

  func testAPlateIsRead() throws {
    try ImgrecCLI.pull("hyperlpr_ssd", "hyperlpr_corners", "hyperlpr_read", "haar_plate_cn")
    for flags in [["--task", "plates"], ["-m", "haar_plate_cn"]] {
      let plates = try found("plates", flags + [plate])
      XCTAssertEqual(plates.count, 1)
      XCTAssertEqual(plates[0]["text"] as? String, "京A12345")
      XCTAssertEqual((plates[0]["box"] as? [Double])?.count, 4)
      XCTAssertEqual((plates[0]["landmarks"] as? [[Double]])?.count, 4)
    }
    XCTAssertEqual(try found("plates", ["--task", "plates", "bus.jpg"], folder: ImgrecCLI.photos()).count, 0)
  }

  /// 760 pixels wide: the detector draws boxes around its left and right part, and sees it whole on a smaller copy.
  func testACloseByPlateIsReadOnce() throws {
    try ImgrecCLI.pull("hyperlpr_ssd", "hyperlpr_corners", "hyperlpr_read")
    let close = ImgrecCLI.fixtures.appendingPathComponent("plates/close.jpg").path
    let plates = try found("plates", ["--task", "plates", close, "--cache", "off"])
    XCTAssertEqual(plates.map { $0["text"] as? String }, ["京A12045"])
    XCTAssertGreaterThan(try XCTUnwrap(plates.first?["box"] as? [Double])[2], 600)
  }

  func testCascadesOfPlatesRun() throws {
    for model in ["haar_plate_ru", "haar_plate_ru_16"] {
      try ImgrecCLI.pull(model)
      _ = try found("plates", ["-m", model, plate])
    }
  }

  func testEASTFindsWords() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("east")
    let lines = try found("text", ["-m", "east", "bus.jpg"], folder: photos)
    XCTAssertGreaterThanOrEqual(lines.count, 6)
    let quads = lines.compactMap { $0["quad"] as? [[Double]] }
    XCTAssertTrue(quads.contains { abs($0[0][0] - 552) < 8 && abs($0[0][1] - 553) < 8 }, "\(quads)")
    // Nothing reads where there is no engine for it, and the run says so.
    let alone = try ImgrecCLI.run(
      ["scan", "-q", "-m", "east", "bus.jpg"],
      environment: ["IMGREC_OPENVINO": "/nowhere.so", "IMGREC_ONNXRUNTIME": "/nowhere.so"], folder: photos)
    XCTAssertEqual(alone.status, 0, alone.err)
    let unread = try XCTUnwrap(alone.records()[0]["text"] as? [[String: Any]])
    XCTAssertTrue(unread.allSatisfy { $0["text"] == nil && $0["quad"] != nil })
    XCTAssertTrue(alone.err.contains("runs without ppocr_v6_rec"), alone.err)
  }

  func testAgeAndGenderComeWhenAskedFor() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("yunet", "age_net", "gender_net")
    let plain = try found("faces", ["--task", "faces", "zidane.jpg"], folder: photos)
    XCTAssertNil(plain[0]["age"])
    let faces = try found("faces", ["--task", "faces", "--age-gender", "zidane.jpg"], folder: photos)
    XCTAssertEqual(faces.count, 2)
    // The man on the right, who looks at the camera's side.
    XCTAssertEqual(faces[0]["gender"] as? String, "male")
    XCTAssertEqual(faces[0]["age"] as? String, "(38-43)")
    for face in faces { for key in ["age_score", "gender_score"] { XCTAssertNotNil(face[key]) } }
    XCTAssertEqual(
      try ImgrecCLI.run(["scan", "bus.jpg", "--task", "detect", "--age-gender"], folder: photos).status, 64)
  }

  func testSegmentsWithClasses() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("deeplab_v3")
    let result = try ImgrecCLI.run(["scan", "-q", "-m", "deeplab_v3", "bus.jpg", "chelsea.png"], folder: photos)
    if result.status == 2, result.err.contains("engines pull") { throw XCTSkip("no engine here runs TFLite files") }
    XCTAssertEqual(result.status, 0, result.err)
    let found = try result.records().map {
      ($0["segment"] as? [[String: Any]] ?? []).compactMap { $0["label"] as? String }
    }
    XCTAssertTrue(found[0].contains("bus") && found[0].contains("person"), "\(found)")
    XCTAssertEqual(found[1].first, "cat")
  }

  /// Rows in the order of the records, kept answers too, and the header says how many.
  func testVectorsAsANumPyArray() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("mobilenet_v2_features")
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("v.npy")
    let inputs = ["scan", "bus.jpg", "missing.jpg", "zidane.jpg", "-q", "--task", "embed"]
    let cache = ["--cache", "sqlite:\(folder.path)/kept.sqlite"]
    let plain = try ImgrecCLI.run(inputs + cache, folder: photos).records()
    for policy in ["error", "overwrite"] {
      let records = try ImgrecCLI.run(
        inputs + cache + ["--npy", file.path, "--on-exists", policy], folder: photos
      ).records()
      let answers = records.compactMap { $0["embed"] as? [String: Any] }
      XCTAssertEqual(answers.map { $0["row"] as? Int }, [0, 1])
      XCTAssertEqual(answers[0]["file"] as? String, file.path)
      let data = try Data(contentsOf: file)
      XCTAssertEqual(data.prefix(8), Data([0x93] + Array("NUMPY".utf8) + [1, 0]))
      XCTAssertTrue(String(decoding: data[10..<128], as: UTF8.self).contains("'shape': (2, 1280)"))
      let values = plain.compactMap { ($0["embed"] as? [String: Any])?["values"] as? String }
      XCTAssertEqual(data.dropFirst(128), values.reduce(Data()) { $0 + (Data(base64Encoded: $1) ?? Data()) })
    }
    let refused = try ImgrecCLI.run(inputs + cache + ["--npy", file.path], folder: photos)
    XCTAssertEqual(refused.status, 2)
    XCTAssertTrue(refused.err.contains("--on-exists overwrite"), refused.err)
    XCTAssertEqual(
      try ImgrecCLI.run(["scan", "bus.jpg", "--task", "detect", "--npy", "x.npy"], folder: photos).status, 64)
  }

  func testVectorsOfTurnedCopies() throws {
    try ImgrecCLI.pull("mobilenet_v2_features")
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    func draw(_ name: String, _ width: Int, _ height: Int, _ pixel: (Int, Int) -> [UInt8]) throws {
      let pixels = (0..<height).flatMap { y in (0..<width).flatMap { x in pixel(x, y) } }
      try Data(Array("P6\n\(width) \(height)\n255\n".utf8) + pixels).write(to: folder.appendingPathComponent(name))
    }
    func colour(_ x: Int, _ y: Int) -> [UInt8] {
      [UInt8(x * 255 / 319), UInt8(truncatingIfNeeded: x / 20 * 53 + y / 30 * 91), UInt8(y < 90 ? 200 : 30)]
    }
    try draw("a.ppm", 320, 256, colour)
    try draw("b.ppm", 256, 320) { x, y in colour(y, 255 - x) }
    let store = ["--cache", "sqlite:\(folder.path)/c.sqlite"]
    func cosine(_ arguments: String...) throws -> Float {
      let result = try ImgrecCLI.run(
        ["scan", "a.ppm", "b.ppm", "-q", "--task", "embed"] + store + arguments, folder: folder)
      XCTAssertEqual(result.status, 0, result.err)
      let vectors = try result.records().map { record -> [Float] in
        let text = try XCTUnwrap((record["embed"] as? [String: Any])?["values"] as? String)
        let data = try XCTUnwrap(Data(base64Encoded: text))
        return data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      }
      return zip(vectors[0], vectors[1]).reduce(0) { $0 + $1.0 * $1.1 }
    }
    // Answers with and without the option are cached apart.
    for _ in 0..<2 {
      XCTAssertLessThan(try cosine(), 0.99)
      XCTAssertGreaterThan(try cosine("--all-orientations"), 0.9999)
    }
    let other = try ImgrecCLI.run(["scan", "a.ppm", "--task", "quality", "--all-orientations"], folder: folder)
    XCTAssertEqual(other.status, 64)
    XCTAssertTrue(other.err.contains("--all-orientations needs the task embed"), other.err)
  }

  func testOpenFaceKnowsAgain() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("yunet", "sface", "openface_small2")
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let gallery = ["--gallery", folder.appendingPathComponent("g.json").path]
    let openFace = gallery + ["--identifier", "openface_small2"]
    XCTAssertEqual(
      try ImgrecCLI.run(["faces", "enroll", "Eileen", "astronaut.png"] + openFace, folder: photos).status, 0)
    let names = try ImgrecCLI.run(["faces", "identify", "astronaut.png", "zidane.jpg"] + openFace, folder: photos)
    XCTAssertEqual(names.text.split(separator: "\n").map { $0.split(separator: "\t")[1] }, ["Eileen", "-", "-"])
    let mixed = try ImgrecCLI.run(["faces", "identify", "astronaut.png"] + gallery, folder: photos)
    XCTAssertEqual(mixed.status, 2)
    XCTAssertTrue(mixed.err.contains("was made with openface_small2"), mixed.err)
    let wrong = try ImgrecCLI.run(
      ["faces", "identify", "astronaut.png", "--identifier", "yunet"] + gallery, folder: photos)
    XCTAssertTrue(wrong.err.contains("does not identify faces"), wrong.err)
  }
}
