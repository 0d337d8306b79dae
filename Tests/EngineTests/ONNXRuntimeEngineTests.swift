import Foundation
import ONNXRuntimeEngine
import OpenCVEngine
import Recognition
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

  func testFormatsThatItLacksAreNamed() {
    var model = Tiny.classes()
    model.card.format = .tensorflow
    contract.assertRefused(model, naming: "tensorflow")
  }
}
