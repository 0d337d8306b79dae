import Foundation
import XCTest

/// Answers of several networks: kept, cascaded, fallen back to, and taken over from images that look alike.
final class SecondModelTests: XCTestCase {
  private static let models = ImgrecCLI.fixtures.appendingPathComponent("models")
  private let classes = models.appendingPathComponent("classes.onnx").path
  /// Another classifier, in the test's folder.
  private var heavy: String { folder.appendingPathComponent("heavy.onnx").path }
  private let brittle = models.appendingPathComponent("brittle.onnx").path
  private var folder = URL(fileURLWithPath: "/")
  private var cache: [String: String] { ["XDG_CACHE_HOME": folder.appendingPathComponent("cache").path] }

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    try FileManager.default.copyItem(
      at: Self.models.appendingPathComponent("single.onnx"), to: URL(fileURLWithPath: heavy))
    try card(of: "heavy").write(
      to: folder.appendingPathComponent("heavy.json"), atomically: true, encoding: .utf8)
  }

  private func card(of name: String) throws -> String {
    try String(contentsOf: Self.models.appendingPathComponent("classes.json"), encoding: .utf8)
      .replacingOccurrences(of: "\"classes", with: "\"\(name)")
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  /// A grey picture in a file of its own, with a pattern where `seed` is given.
  private func picture(_ name: String, brightness: UInt8, seed: Int? = nil, side: Int = 64) throws {
    var state = UInt32(truncatingIfNeeded: (seed ?? 0) &* 2_654_435_761 | 1)
    var cells = [UInt8](repeating: brightness, count: 64)
    if seed != nil {
      for place in cells.indices {
        state = state &* 1_664_525 &+ 1_013_904_223
        cells[place] = UInt8(state >> 24)
      }
    }
    var bytes = Data("P5\n\(side) \(side)\n255\n".utf8)
    for y in 0..<side { for x in 0..<side { bytes.append(cells[y * 8 / side * 8 + x * 8 / side]) } }
    let photos = folder.appendingPathComponent("photos")
    try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
    try bytes.write(to: photos.appendingPathComponent(name))
  }

  private func scan(_ flags: String...) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["scan", "photos", "--summary", "told"] + flags, environment: cache, folder: folder)
  }

  private func told(_ key: String) throws -> Int? {
    let data = try Data(contentsOf: folder.appendingPathComponent("told"))
    return (try JSONSerialization.jsonObject(with: data) as? [String: Any])?[key] as? Int
  }

  private func model(_ record: [String: Any]) -> String {
    let models = record["models"] as? [String: String]
    return String(models?["classify"]?.prefix { $0 != "@" } ?? "")
  }

  private func best(_ record: [String: Any]) -> Double? {
    ((record["classify"] as? [[String: Any]])?.first?["score"]) as? Double
  }

  func testACascadeAsksTheHeavyModelWhereTheLightOneIsUnsure() throws {
    for n in 0..<40 { try picture("\(n).pgm", brightness: 0, seed: n + 1) }
    let light = try scan("-m", classes, "--cache", "off").records()
    // Between two scores: those of the records are rounded.
    let scores = light.compactMap(best).sorted()
    let middle = (scores[19] + scores[20]) / 2
    let flags = ["--cascade", "\(classes),\(heavy)", "--cascade-threshold", "\(middle)"]
    let cold = try ImgrecCLI.run(["scan", "photos", "--summary", "told"] + flags, environment: cache, folder: folder)
    let records = try cold.records()
    XCTAssertEqual(records.count, 40)
    let early = try XCTUnwrap(told("exited_early"))
    XCTAssertEqual(early, light.compactMap(best).filter { $0 >= middle }.count)
    XCTAssertEqual(try told("went_on"), 40 - early)
    for (record, sure) in zip(records, light.compactMap(best)) {
      XCTAssertEqual(model(record), sure >= middle ? "classes" : "heavy")
    }
    let warm = try ImgrecCLI.run(["scan", "photos", "--summary", "told"] + flags, environment: cache, folder: folder)
    XCTAssertEqual(try told("cached"), 40)
    XCTAssertEqual(try warm.records().map(model), records.map(model), "a kept answer tells who gave it")
    _ = try scan("--cascade", "\(classes),\(heavy)", "--cascade-threshold", "0.123")
    XCTAssertEqual(try told("cached"), 0, "another threshold is another question")
    XCTAssertEqual(try scan("--cascade", classes).status, 64)
    XCTAssertEqual(try scan("--cascade", "\(classes),\(heavy)", "-m", classes).status, 64)
  }

  func testModelsOfOtherLabelsAreNoCascade() throws {
    try picture("a.pgm", brightness: 9)
    try card(of: "heavy").replacingOccurrences(of: "blue", with: "violet").write(
      to: folder.appendingPathComponent("heavy.json"), atomically: true, encoding: .utf8)
    let result = try scan("--cascade", "\(classes),\(heavy)")
    XCTAssertEqual(result.status, 2)
    XCTAssertTrue(result.err.contains("\"blue\" and \"violet\""), result.err)
  }

  func testAFallbackAnswersForANetworkThatFails() throws {
    for n in 0..<100 { try picture("bright-\(n).pgm", brightness: 250 - UInt8(n % 3)) }
    for n in 0..<10 { try picture("dark-\(n).pgm", brightness: 60) }
    let alone = try scan("-m", brittle)
    try XCTSkipIf(alone.err.contains("engines pull"), "ONNX Runtime is not installed")
    XCTAssertEqual(alone.status, 1)
    XCTAssertEqual(try told("failed"), 100)
    let both = try scan("-m", brittle, "--fallback", classes, "--cache", "off", "-v")
    XCTAssertEqual(both.status, 0, both.err)
    let records = try both.records()
    XCTAssertEqual(records.count, 110)
    XCTAssertEqual(try told("fell_back"), records.filter { model($0) == "classes" }.count)
    XCTAssertEqual(Set(records.prefix(100).map(model)), ["classes"])
    XCTAssertEqual(try told("breaker_openings"), 1)
    XCTAssertTrue(both.err.contains("fallback: answered 1"), both.err)
    XCTAssertTrue(both.err.contains("the breaker opened once (failures 1), closed "), both.err)
    // What the fallback said is not kept for the model; what the model said is.
    _ = try scan("-m", brittle, "--fallback", classes, "--fallback-after", "1000")
    XCTAssertEqual(try told("breaker_openings"), 0)
    XCTAssertEqual(try told("fell_back"), 100)
    XCTAssertEqual(try told("cached"), 10)
  }

  func testImagesThatLookAlikeTakeOneAnswer() throws {
    for n in 0..<60 {
      try picture("\(100 + n)-a.pgm", brightness: 0, seed: n + 1)
      // The same picture in twice the size.
      try picture("\(100 + n)-b.pgm", brightness: 0, seed: n + 1, side: 128)
    }
    let once = try scan("-m", classes, "--similar", "2")
    let records = try once.records()
    XCTAssertEqual(records.count, 120)
    XCTAssertEqual(try told("similar"), 60)
    for pair in 0..<60 {
      let (first, second) = (records[2 * pair], records[2 * pair + 1])
      XCTAssertEqual(first["cache"] as? String, "miss")
      XCTAssertEqual(second["cache"] as? String, "similar")
      let match = try XCTUnwrap(second["similar"] as? [String: Any])
      XCTAssertEqual(match["path"] as? String, first["path"] as? String)
      XCTAssertLessThanOrEqual(try XCTUnwrap(match["distance"] as? Int), 2)
      XCTAssertEqual(best(first), best(second))
      XCTAssertEqual(second["width"] as? Int, 128, "its own size")
    }
    // However many workers: the same.
    for decoders in ["1", "7"] {
      let again = try scan("-m", classes, "--similar", "2", "--cache", "off", "--decoders", decoders).records()
      XCTAssertEqual(
        again.map { ($0["similar"] as? [String: Any])?["path"] as? String },
        records.map { ($0["similar"] as? [String: Any])?["path"] as? String })
    }
    _ = try scan("-m", classes)
    XCTAssertEqual(try told("cached"), 60, "an answer that was taken over is not kept")
    XCTAssertEqual(try scan("-m", classes, "--similar", "2", "--annotate", "drawn").status, 64)
    XCTAssertEqual(try scan("-m", classes, "--similar", "16").status, 64)
  }

  func testWhoFollowsAFailureFails() throws {
    for n in 0..<20 { try picture("\(n).pgm", brightness: 250) }
    let result = try scan("-m", brittle, "--similar", "0")
    try XCTSkipIf(result.err.contains("engines pull"), "ONNX Runtime is not installed")
    XCTAssertEqual(try result.records().count, 20)
    XCTAssertEqual(try told("failed"), 20)
  }

  func testTasksOfTwoNetworksAreKept() throws {
    try ImgrecCLI.pull("yunet", "sface")
    let photos = try ImgrecCLI.photos()
    func faces(_ flags: String...) throws -> [[String: Any]] {
      let all = ["scan", photos.appendingPathComponent("zidane.jpg").path, "--task", "faces", "--summary", "told"]
      return try ImgrecCLI.run(
        all + flags + (flags.contains("--identify") ? ["--gallery", "g.json"] : []), environment: cache, folder: folder
      ).records()
    }
    func enroll(_ name: String) throws {
      let result = try ImgrecCLI.run(
        [
          "faces", "enroll", name, photos.appendingPathComponent("zidane.jpg").path, "--largest", "--gallery", "g.json",
        ],
        folder: folder)
      XCTAssertEqual(result.status, 0, result.err)
    }
    _ = try faces("--vectors")
    XCTAssertEqual(try told("cached"), 0)
    _ = try faces("--vectors")
    XCTAssertEqual(try told("cached"), 1)
    _ = try faces()
    XCTAssertEqual(try told("cached"), 0, "without the vectors")
    try enroll("Ada")
    let first = try faces("--identify")
    let second = try faces("--identify")
    XCTAssertEqual(try told("cached"), 1)
    XCTAssertEqual(first[0]["faces"] as? [NSDictionary], second[0]["faces"] as? [NSDictionary])
    XCTAssertTrue((second[0]["faces"] as? [[String: Any]])?.contains { $0["identity"] as? String == "Ada" } ?? false)
    _ = try faces("--identify", "--max-distance", "0.5")
    XCTAssertEqual(try told("cached"), 0, "another distance")
    try enroll("Bea")
    _ = try faces("--identify")
    XCTAssertEqual(try told("cached"), 0, "another gallery")
  }
}
