import Foundation
import XCTest

/// `imgrec search --text`, with a pair of small networks that were trained on drawn shapes (Fixtures/make_text_pair.py).
final class SearchTextTests: XCTestCase {
  private var folder: URL!
  private let network = ImgrecCLI.fixtures.appendingPathComponent("models/shapes.onnx").path

  private static let colours: [(name: String, rgb: [UInt8])] = [
    ("red", [220, 40, 40]), ("green", [40, 170, 60]), ("blue", [50, 70, 220]), ("yellow", [235, 210, 40]),
  ]
  private static let shapes = ["circle", "square", "triangle"]

  override func setUpWithError() throws {
    let engines = try ImgrecCLI.run(["engines", "list"])
    try XCTSkipUnless(
      engines.text.split(separator: "\n").contains { $0.contains("onnxruntime") && !$0.contains("not ") },
      "ONNX Runtime is not installed")
    folder = try ImgrecCLI.temporaryFolder()
    for (number, place) in [(x: 20.0, y: 24.0, size: 14.0), (40, 36, 20), (30, 40, 17)].enumerated() {
      for colour in Self.colours {
        for shape in Self.shapes {
          let picture = Self.picture(colour.rgb, shape, place, ground: UInt8(40 + 80 * number))
          try picture.write(to: folder.appendingPathComponent("\(colour.name) \(shape) \(number).ppm"))
        }
      }
    }
    let scan = try ImgrecCLI.run(["scan", "-q", "-m", network, ".", "-o", "r.jsonl"], folder: folder)
    XCTAssertEqual(scan.status, 0, scan.err)
  }

  override func tearDown() { if let folder { try? FileManager.default.removeItem(at: folder) } }

  /// A shape on a plain ground, 64x64.
  private static func picture(
    _ rgb: [UInt8], _ shape: String, _ place: (x: Double, y: Double, size: Double), ground: UInt8
  ) -> Data {
    var data = Data("P6 64 64 255\n".utf8)
    for y in 0..<64 {
      for x in 0..<64 {
        let (dx, dy) = ((Double(x) + 0.5 - place.x) / place.size, (Double(y) + 0.5 - place.y) / place.size)
        let isInside =
          switch shape {
          case "circle": dx * dx + dy * dy < 1
          case "square": max(abs(dx), abs(dy)) < 0.85
          default: dy > -0.9 && dy < 0.8 && abs(dx) < (dy + 0.9) / 1.8
          }
        data += isInside ? rgb : [ground, ground, ground]
      }
    }
    return data
  }

  private func search(_ arguments: String...) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["search", "r.jsonl"] + arguments, folder: folder)
  }

  func testWordsFindWhatTheyName() throws {
    for colour in Self.colours {
      for shape in Self.shapes {
        let result = try search(
          "-m", network, "--text", "a photo of a \(colour.name) \(shape)", "-n", "3", "--format", "paths")
        XCTAssertEqual(result.status, 0, result.err)
        let names = result.text.split(separator: "\n").map { $0.split(separator: "/").last ?? "" }
        XCTAssertEqual(
          Set(names.map(String.init)), Set((0..<3).map { "\(colour.name) \(shape) \($0).ppm" }), result.text)
      }
    }
  }

  func testWordsAndPhotosTogether() throws {
    let result = try search(
      "-m", network, "--text", "red circle", "--like", "blue circle 0.ppm", "-n", "6", "--format", "paths")
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertTrue(result.text.split(separator: "\n").allSatisfy { $0.contains("circle") }, result.text)
    let long = try search("-m", network, "--text", String(repeating: "red circle ", count: 20), "-n", "1")
    XCTAssertTrue(long.err.contains("--text is cut: the network reads 14 tokens"), long.err)
  }

  func testNetworksWithoutText() throws {
    func problem(_ status: Int32, _ arguments: String...) throws -> String {
      let result = try ImgrecCLI.run(["search", "r.jsonl"] + arguments, folder: folder)
      XCTAssertEqual(result.status, status, result.err)
      XCTAssertEqual(result.err.split(separator: "\n").count, 2, result.err)
      return result.err
    }
    XCTAssertTrue(try problem(64, "-m", network, "--text", " ").contains("--text is empty"))
    XCTAssertTrue(try problem(2, "--text", "red circle").contains("Name its file: --model FILE"))
    // A card of the same network without its text network, and one whose text network takes pictures.
    for file in ["shapes.onnx", "shapes.json"] {
      try FileManager.default.copyItem(
        at: ImgrecCLI.fixtures.appendingPathComponent("models/\(file)"), to: folder.appendingPathComponent(file))
    }
    let card = folder.appendingPathComponent("shapes.json")
    let whole = try String(contentsOf: card, encoding: .utf8)
    var entries = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(whole.utf8)) as? [String: Any])
    let files = try XCTUnwrap(entries["files"] as? [[String: String]])
    entries["files"] = Array(files[..<1])
    try JSONSerialization.data(withJSONObject: entries).write(to: card)
    XCTAssertTrue(try problem(2, "-m", "./shapes.onnx", "--text", "red circle").contains("has no text network"))
    entries["files"] = [
      files[0], ["name": network, "role": "text"],
      ["name": ImgrecCLI.fixtures.appendingPathComponent("models/shapes_tokenizer.json").path, "role": "tokenizer"],
    ]
    try JSONSerialization.data(withJSONObject: entries).write(to: card)
    let picture = try search("-m", "./shapes.onnx", "--text", "red circle")
    XCTAssertTrue(picture.err.contains("its input is no list of tokens"), picture.err)
    entries["files"] = Array(files[..<2])
    try JSONSerialization.data(withJSONObject: entries).write(to: card)
    let half = try search("-m", "./shapes.onnx", "--text", "red circle")
    XCTAssertTrue(half.err.contains("role tokenizer belong together"), half.err)
  }
}
