import EngineSupport
import Foundation
import ONNXRuntimeEngine
import Platform
import Recognition
import XCTest

final class ONNXRuntimeEngineTests: XCTestCase {
  private func make(_ model: LoadedModel, _ options: EngineOptions = EngineOptions()) throws -> any Engine {
    try EngineProvider.onnxruntime.makeInstances(model, options)[0]
  }

  private func assertRefused(_ model: LoadedModel, naming text: String, line: UInt = #line) {
    XCTAssertThrowsError(try make(model), text, line: line) { error in
      XCTAssertTrue((error as? SetupError)?.description.contains(text) == true, "\(error)", line: line)
    }
  }

  override func setUpWithError() throws {
    do { _ = try EngineProvider.onnxruntime.open() } catch { throw XCTSkip("\(error)") }
  }

  func testItBatches() throws {
    XCTAssertEqual(try make(Tiny.classes()).maxBatch, 4)
    XCTAssertEqual(try make(Tiny.map()).maxBatch, 4)
  }

  func testInstancesRunAtTheSameTime() throws {
    try runTogether(
      try EngineProvider.onnxruntime.makeInstances(Tiny.classes(), EngineOptions(instances: 3, threads: 2)))
  }

  func testTheCacheIsFilledAndRead() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "imgrec-cache-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let picture = Tiny.picture(width: 8, height: 8)
    let plain = try make(Tiny.classes()).values([picture])
    func values() throws -> [Float] {
      try EngineProvider.onnxruntime.makeInstances(
        Tiny.classes(), EngineOptions(instances: 2, threads: 1, cacheDirectory: folder.path))[1].values([picture])
    }
    XCTAssertEqual(try values(), plain)
    XCTAssertEqual(try values(), plain)
    let cached = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    XCTAssertEqual(cached.map(\.pathExtension), ["ort"])
    // A folder that cannot be written is no hindrance.
    XCTAssertEqual(
      try EngineProvider.onnxruntime.makeInstances(
        Tiny.classes(), EngineOptions(instances: 1, threads: 1, cacheDirectory: "/proc/imgrec"))[0].values([picture]),
      plain)
  }

  func testFormatsThatItLacksAreNamed() {
    var model = Tiny.classes()
    model.card.format = .tensorflow
    assertRefused(model, naming: "tensorflow")
  }
}
