import EngineSupport
import Foundation
import Platform
import Recognition
import XCTest

@testable import ONNXRuntimeEngine

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

  /// YuNet is such a file.
  func testAFileOfOneSizeTakesOthersIfTheCardDoes() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "imgrec-cache-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let options = EngineOptions(instances: 1, threads: 1, cacheDirectory: folder.path)
    let free = try make(Tiny.map())
    for round in ["opened", "from the cache"] {
      let sized = try make(Tiny.map("sized_map.onnx"), options)
      for (width, height) in [(64, 64), (12, 10), (20, 6)] {
        let picture = Tiny.picture(width: width, height: height)
        XCTAssertEqual(try sized.shape([picture]), [1, 2, height, width], round)
        let difference = zip(try sized.values([picture]), try free.values([picture])).map { abs($0 - $1) }.max()
        XCTAssertLessThan(try XCTUnwrap(difference), 1e-5, "\(width)x\(height) \(round)")
      }
    }
  }

  func testMemoryIsReturnedWhenGrowingInputsAddUp() {
    let large = PixelSize(width: 1000, height: 500)
    var memory = RunMemory(workspace: 100)
    for side in 1...500 {
      XCTAssertFalse(memory.isReturned(after: 1, large))
      XCTAssertFalse(memory.isReturned(after: 1, PixelSize(width: side, height: side)), "taken from the larger one's")
    }
    XCTAssertFalse(memory.isReturned(after: 1, PixelSize(width: 600, height: 1000)))
    XCTAssertTrue(memory.isReturned(after: 1, PixelSize(width: 700, height: 1000)))
    XCTAssertFalse(memory.isReturned(after: 4, large), "one input may take more than the limit")
    XCTAssertFalse(memory.isReturned(after: 3, large))
    XCTAssertTrue(memory.isReturned(after: 5, large))
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
