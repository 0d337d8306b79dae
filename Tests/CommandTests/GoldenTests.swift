import Foundation
import XCTest

/// The default models on real photos: the answers a person would give, and the ones that were recorded.
final class GoldenTests: XCTestCase {
  private static let golden = ImgrecCLI.fixtures.appendingPathComponent("golden/demo.txt")

  func testThePhotosAreWhatTheyAre() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("efficientnet_lite0")
    let expected: [String: Set<String>] = [
      "bus.jpg": ["minibus", "trolleybus", "streetcar", "tram", "school bus"],
      "chelsea.png": ["Egyptian cat", "tabby", "tiger cat"],
      "coffee.png": ["espresso", "cup", "coffee mug"],
      "rocket.jpg": ["missile", "space shuttle"],
      "china.jpg": ["palace", "monastery"],
      "flower.jpg": ["daisy", "bee", "hummingbird", "cardoon", "pot"],
    ]
    for record in try ImgrecCLI.run(["scan", ".", "-q", "--cache", "off"], folder: photos).records() {
      let name = ((record["path"] as? String ?? "") as NSString).lastPathComponent
      guard let wanted = expected[name] else { continue }
      let labels = (record["classify"] as? [[String: Any]] ?? []).compactMap { $0["label"] as? String }
      XCTAssertFalse(wanted.isDisjoint(with: labels), "\(name): \(labels)")
    }
  }

  /// One line a photo: the tasks' answers, rounded to what engines agree on.
  func testTheAnswersAreTheRecordedOnes() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("efficientnet_lite0", "yunet")
    let result = try ImgrecCLI.run(
      ["scan", ".", "-q", "--cache", "off", "--task", "classify,faces", "--engine", "opencv", "--top", "1"],
      folder: photos)
    XCTAssertEqual(result.status, 0, result.err)
    let lines = try result.records().map { record -> String in
      let label = try XCTUnwrap((record["classify"] as? [[String: Any]])?.first)
      let faces = try XCTUnwrap(record["faces"] as? [[String: Any]])
      let boxes = faces.map { face in
        (face["box"] as? [Double] ?? []).map { "\(Int(($0 / 4).rounded()) * 4)" }.joined(separator: " ")
      }
      let score = ((label["score"] as? Double ?? 0) * 20).rounded() / 20
      return
        "\(record["path"]!) \(record["width"]!)x\(record["height"]!) \(label["label"]!) \(score) [\(boxes.joined(separator: ", "))]"
    }
    let text = lines.joined(separator: "\n") + "\n"
    if ProcessInfo.processInfo.environment["IMGREC_RECORD_GOLDENS"] != nil {
      try FileManager.default.createDirectory(
        at: Self.golden.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: Self.golden)
    }
    XCTAssertEqual(text, try String(contentsOf: Self.golden, encoding: .utf8))
  }

  func testShrinkOnLoadGivesTheAnswersOfAFullDecode() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("efficientnet_lite0")
    func scores(_ flags: String...) throws -> [String: Double] {
      var scores: [String: Double] = [:]
      for record in try ImgrecCLI.run(["scan", ".", "-q", "--cache", "off", "--top", "1"] + flags, folder: photos)
        .records()
      {
        let label = try XCTUnwrap((record["classify"] as? [[String: Any]])?.first)
        scores["\(record["path"]!) \(label["label"]!)"] = label["score"] as? Double
      }
      return scores
    }
    let shrunk = try scores()
    let full = try scores("--full-decode")
    XCTAssertEqual(Set(shrunk.keys), Set(full.keys))
    for (name, score) in shrunk { XCTAssertEqual(score, full[name] ?? -1, accuracy: 0.1, name) }
  }
}
