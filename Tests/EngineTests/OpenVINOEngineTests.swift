import EngineSupport
import Foundation
import Platform
import Recognition
import XCTest

@testable import OpenVINOEngine

final class OpenVINOEngineTests: XCTestCase {
  private func make(_ model: LoadedModel, _ options: EngineOptions = EngineOptions()) throws -> any Engine {
    try EngineProvider.openvino.makeInstances(model, options)[0]
  }

  private func assertRefused(_ model: LoadedModel, naming text: String, line: UInt = #line) {
    XCTAssertThrowsError(try make(model), text, line: line) { error in
      XCTAssertTrue((error as? SetupError)?.description.contains(text) == true, "\(error)", line: line)
    }
  }

  override func setUpWithError() throws {
    do { _ = try EngineProvider.openvino.open() } catch { throw XCTSkip("\(error)") }
  }

  func testInstancesRunAtTheSameTime() throws {
    let engines = try EngineProvider.openvino.makeInstances(Tiny.classes(), EngineOptions(instances: 3, threads: 1))
    try runTogether(engines)
  }

  func testACancelledRunFailsAndLaterOnesWork() throws {
    let engine = try make(Tiny.classes())
    let picture = Tiny.picture(width: 8, height: 8)
    let expected = try engine.values([picture])
    engine.cancel()
    XCTAssertEqual(try engine.values([picture]), expected, "without a run it has no effect")
    // Unchecked: `cancel` is what other threads may call.
    struct Shared: @unchecked Sendable { let engine: any Engine }
    let (shared, group) = (Shared(engine: engine), DispatchGroup())
    DispatchQueue(label: "cancel").async(group: group) {
      for _ in 0..<2000 { shared.engine.cancel() }
    }
    for _ in 0..<500 {
      do {
        let values = try engine.values([picture])
        XCTAssertEqual(values, expected)
      } catch {
        XCTAssertEqual(error.code, .inferenceFailed)
      }
    }
    group.wait()
    XCTAssertEqual(try engine.values([picture]), expected)
  }

  func testTheCacheIsFilledAndRead() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "imgrec-cache-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for _ in 0..<2 {
      let engines = try EngineProvider.openvino.makeInstances(
        Tiny.classes(), EngineOptions(instances: 1, threads: 1, precision: .bf16, cacheDirectory: folder.path))
      XCTAssertEqual(try engines[0].values([Tiny.picture(width: 8, height: 8)]).count, 3)
    }
    let cached = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    XCTAssertEqual(cached.map(\.pathExtension), ["blob"])
  }

  func testOtherKernelsGiveTheSame() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "imgrec-kernels-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let model = try Real.mobilenet()
    let network = try OpenVINONetwork(
      model, library: OpenVINOLibrary.opened.get(), instances: 1, threads: 1, precision: .f32,
      cacheDirectory: folder.path)
    let cached = try XCTUnwrap(network.cacheFile)
    let file = try XCTUnwrap(CompiledNetwork(cached)).withBytes { Data($0) }
    guard let compiled = CompiledBlob(file) else { throw XCTSkip("this processor has more than AVX2") }
    let changed = try XCTUnwrap(compiled.preferringJIT())
    XCTAssertGreaterThan(changed.count, file.count)
    for damaged in [file.prefix(10), file.prefix(70), file.dropLast(), Data(count: 100)] {
      XCTAssertNil(CompiledBlob(Data(damaged)))
    }
    let path = cached + ".other"
    XCTAssertTrue(changed.withUnsafeBytes { CompiledNetwork.write($0, to: path) })
    let picture = Tiny.picture(width: 224, height: 224)
    let values = try [network, XCTUnwrap(network.twin(in: path))].map { network in
      try OpenVINOEngine(model: model, network: network).values([picture])
    }
    for (a, b) in zip(values[0], values[1]) { XCTAssertEqual(a, b, accuracy: 1e-3) }
    XCTAssertNotEqual(values[0], values[1], "the same kernels ran")
  }

  func testItsOwnFormatRuns() throws {
    var model = Tiny.classes("classes.xml")
    model.card.format = .ir
    let beside = try make(model)
    model.card.files.append(.init(name: "classes.bin", role: .config))
    model.paths["classes.bin"] = Tiny.folder.appending(path: "classes.bin").path
    for engine in [beside, try make(model)] {
      XCTAssertEqual(
        try engine.values([Tiny.picture(width: 8, height: 8)])[1], Tiny.scores[0][1], accuracy: 1e-3)
    }
    model.paths["classes.bin"] = Tiny.folder.appending(path: "map.onnx").path
    assertRefused(model, naming: "classes.xml")
  }

  func testFormatsThatItLacksAreNamed() {
    var model = Tiny.classes()
    model.card.format = .caffe
    assertRefused(model, naming: "caffe")
  }
}
