import Foundation
import XCTest

/// Networks whose outputs are no numbers, or whose classes share a name, as a run meets them.
final class OddNetworkTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    for (name, grey) in [("black", 0), ("grey", 128)] as [(String, UInt8)] {
      try Data(Array("P5\n64 64\n255\n".utf8) + [UInt8](repeating: grey, count: 64 * 64)).write(
        to: folder.appendingPathComponent("\(name).pgm"))
    }
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func network(_ name: String) -> String {
    ImgrecCLI.fixtures.appendingPathComponent("models/\(name).onnx").path
  }

  func testAnOutputThatIsNoNumberFailsItsImage() throws {
    for engine in ["openvino", "onnxruntime"] {
      let result = try ImgrecCLI.run(
        ["scan", "-q", "--cache", "off", "--engine", engine, "-m", network("undefined"), "."], folder: folder)
      if result.status == 2, result.err.contains("engines pull") { continue }
      XCTAssertEqual(result.status, 1, result.err)
      let records = try result.records()
      XCTAssertEqual(records.map { $0["path"] as? String }, ["./black.pgm", "./grey.pgm"])
      XCTAssertEqual((records[0]["error"] as? [String: Any])?["code"] as? String, "unexpected_output")
      XCTAssertEqual((records[0]["error"] as? [String: Any])?["stage"] as? String, "interpret")
      XCTAssertEqual(records[1]["status"] as? String, "ok")
    }
  }

  func testClassesOfOneNameAreExportedByNumber() throws {
    try "wheel\ndoor\nwheel\nlamp\n".write(
      to: folder.appendingPathComponent("names.txt"), atomically: true, encoding: .utf8)
    let flags = [
      "scan", "-q", "--cache", "off", "-m", network("four_boxes"), "--head", "yolov8", "--labels-file", "names.txt",
      "--min-confidence", "0.5", "grey.pgm",
    ]
    let yolo = try ImgrecCLI.run(flags + ["--format", "yolo", "-o", "labels"], folder: folder)
    XCTAssertEqual(yolo.status, 0, yolo.err)
    let lines = try String(contentsOf: folder.appendingPathComponent("labels/grey.txt"), encoding: .utf8)
    XCTAssertEqual(lines.split(separator: "\n").map { $0.prefix(7) }, ["0 0.125", "1 0.375", "2 0.625", "3 0.875"])
    XCTAssertEqual(
      try String(contentsOf: folder.appendingPathComponent("labels/classes.txt"), encoding: .utf8),
      "wheel\ndoor\nwheel\nlamp\n")
    let coco = try ImgrecCLI.run(flags + ["--format", "coco"], folder: folder)
    XCTAssertEqual(coco.status, 0, coco.err)
    let document = try XCTUnwrap(JSONSerialization.jsonObject(with: coco.out) as? [String: [[String: Any]]])
    XCTAssertEqual(document["annotations"]?.compactMap { $0["category_id"] as? Int }, [1, 2, 3, 4])
    XCTAssertEqual(document["categories"]?.compactMap { $0["name"] as? String }, ["wheel", "door", "wheel", "lamp"])
    let records = try ImgrecCLI.run(flags, folder: folder).records()
    XCTAssertEqual((records.first?["detect"] as? [[String: Any]])?.map { $0["id"] as? Int }, [0, 1, 2, 3])
  }
}
