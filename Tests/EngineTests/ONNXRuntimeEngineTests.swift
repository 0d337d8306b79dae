import Foundation
import ONNXRuntimeEngine
import OpenCVEngine
import XCTest

final class ONNXRuntimeEngineTests: XCTestCase {
  private let contract = EngineContract { try ONNXRuntimeEngines.makeInstances(model: $0, instances: 1, threads: 1)[0] }

  override func setUpWithError() throws {
    do { _ = try ONNXRuntimeEngines.library() } catch { throw XCTSkip("\(error)") }
  }

  func testGivesTheReferencesNumbers() throws { try contract.givesTheReferencesNumbers() }
  func testOutputsGoByTheCardsNames() throws { try contract.outputsGoByTheCardsNames() }
  func testEveryBatchGivesWhatSinglesGive() throws { try contract.everyBatchGivesWhatSinglesGive() }
  func testAConstantBatchIsFoundOut() throws { try contract.aConstantBatchIsFoundOut() }
  func testAnyShapeRunsWhereTheCardFits() throws { try contract.anyShapeRunsWhereTheCardFits() }
  func testAWrongSlotIsRefusedAndTheEngineGoesOn() throws { try contract.aWrongSlotIsRefusedAndTheEngineGoesOn() }
  func testABodysFailureComesThrough() throws { try contract.aBodysFailureComesThrough() }
  func testFilesThatAreNotTheCardsAreRefused() throws { try contract.filesThatAreNotTheCardsAreRefused() }
  func testACardThatSaysOtherThanTheFileIsRefused() throws { try contract.aCardThatSaysOtherThanTheFileIsRefused() }
  func testManyCallsDoNotGrow() throws { try contract.manyCallsDoNotGrow() }

  func testInnerValuesAreOutputs() throws { try contract.innerValuesAreOutputs() }

  func testItAgreesWithOpenCVOnARealNetwork() throws {
    let reference = try OpenCVEngines.make(model: try Real.mobilenet(), threads: 1)
      .values([Tiny.picture(width: 224, height: 224)])
    _ = try contract.aRealNetworkAgrees(with: reference)
  }

  func testItBatches() throws {
    XCTAssertEqual(try contract.make(Tiny.classes()).maxBatch, 4)
    XCTAssertEqual(try contract.make(Tiny.map()).maxBatch, 4)
  }

  func testInstancesRunAtTheSameTime() throws {
    try runTogether(try ONNXRuntimeEngines.makeInstances(model: Tiny.classes(), instances: 3, threads: 2))
  }

  func testTheCacheIsFilledAndRead() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "imgrec-cache-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let picture = Tiny.picture(width: 8, height: 8)
    let plain = try contract.make(Tiny.classes()).values([picture])
    func values() throws -> [Float] {
      try ONNXRuntimeEngines.makeInstances(
        model: Tiny.classes(), instances: 2, threads: 1, cacheDirectory: folder.path)[1].values([picture])
    }
    XCTAssertEqual(try values(), plain)
    XCTAssertEqual(try values(), plain)
    let kept = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    XCTAssertEqual(kept.map(\.pathExtension), ["ort"])
    let whole = try Data(contentsOf: kept[0])
    for damaged in [Data("damaged".utf8), Data(), whole.prefix(100), whole.dropLast(whole.count / 2)] {
      try damaged.write(to: kept[0])
      XCTAssertEqual(try values(), plain)
      XCTAssertEqual(try Data(contentsOf: kept[0]).count, whole.count)
    }
    // A folder that cannot be written is no hindrance.
    XCTAssertEqual(
      try ONNXRuntimeEngines.makeInstances(
        model: Tiny.classes(), instances: 1, threads: 1, cacheDirectory: "/proc/imgrec")[0].values([picture]), plain)
  }

  func testFormatsThatItLacksAreNamed() {
    var model = Tiny.classes()
    model.card.format = .tensorflow
    contract.assertRefused(model, naming: "tensorflow")
  }
}
