import Foundation
import ModelLibrary
import Platform
import Recognition
import XCTest

@testable import imgrec

/// What `--engine auto` and `--precision auto` choose, by the card, the processor and measured rates.
final class EngineSelectionTests: XCTestCase {
  private static func card(
    _ engines: [EngineKind], agreement: Double? = nil, speedup: Double = 1.4
  ) throws -> ModelCard {
    var card = try ModelZoo.embedded.card(named: "mobilenet_v2")
    card.engines = engines
    card.precisions = agreement.map {
      [.init(engine: .openvino, precision: .bf16, agreement: $0, speedup: speedup, data: "a test", source: "a test")]
    }
    return card
  }

  private func names(
    _ card: ModelCard, engine: EngineKind? = nil, precision: Precision? = nil, bf16: ProcessorInfo.BF16 = .fast,
    rates: [EngineUse: Double] = [:]
  ) -> [String] {
    EngineSelection.order(card, engine: engine, precision: precision, bf16: bf16, rates: rates).map(\.use.name)
  }

  func testAFigureThatPaysIsTakenWhereTheProcessorHasThePrecision() throws {
    let card = try Self.card([.onnxruntime, .openvino, .opencv], agreement: 0.999)
    XCTAssertEqual(names(card), ["openvino/bf16", "onnxruntime", "openvino", "opencv"])
    XCTAssertEqual(names(card, bf16: .absent), ["onnxruntime", "openvino", "opencv"])
    XCTAssertEqual(names(card, precision: .f32), ["onnxruntime", "openvino", "opencv"])
    XCTAssertEqual(names(card, engine: .openvino), ["openvino/bf16", "openvino"])
    XCTAssertEqual(names(card, engine: .onnxruntime), ["onnxruntime"])
    XCTAssertEqual(
      EngineSelection.order(card, engine: nil, precision: nil, bf16: .fast)[0].reason.text,
      "1.4 times as fast as f32, agreement 0.999")
  }

  func testTheProcessorsVendorMayHaveAnOrderOfItsOwn() throws {
    var card = try Self.card([.openvino, .onnxruntime, .opencv], agreement: 1)
    card.enginesByVendor = ["AuthenticAMD": [.onnxruntime, .openvino, .opencv]]
    func names(_ vendor: String, bf16: ProcessorInfo.BF16 = .absent, precision: Precision? = nil) -> [String] {
      EngineSelection.order(card, engine: nil, precision: precision, bf16: bf16, vendor: vendor).map(\.use.name)
    }
    XCTAssertEqual(names("AuthenticAMD"), ["onnxruntime", "openvino", "opencv"])
    XCTAssertEqual(names("AuthenticAMD", bf16: .fast), ["openvino/bf16", "onnxruntime", "openvino", "opencv"])
    XCTAssertEqual(names("AuthenticAMD", precision: .f32), ["onnxruntime", "openvino", "opencv"])
    for other in ["GenuineIntel", ""] { XCTAssertEqual(names(other), ["openvino", "onnxruntime", "opencv"]) }
    card.engines = [.openvino]
    XCTAssertEqual(names("AuthenticAMD"), ["openvino"], "an order names no further engine")
  }

  func testAFigureThatDoesNotPayIsNot() throws {
    let engines: [EngineKind] = [.openvino, .opencv]
    for card in [
      try Self.card(engines), try Self.card(engines, agreement: 0.994),
      try Self.card(engines, agreement: 1, speedup: 1.14),
    ] {
      XCTAssertEqual(names(card), ["openvino", "opencv"])
      XCTAssertEqual(names(card, precision: .bf16), ["openvino/bf16", "opencv/bf16"])
    }
  }

  func testOtherPrecisionsPreferTheEngineThatHasMost() throws {
    let card = try Self.card([.onnxruntime, .openvino])
    XCTAssertEqual(names(card, precision: .int8), ["openvino/int8", "onnxruntime/int8"])
    XCTAssertEqual(names(card, engine: .onnxruntime, precision: .int8), ["onnxruntime/int8"])
  }

  func testMeasuredRatesDecide() throws {
    let card = try Self.card([.onnxruntime, .openvino, .opencv], agreement: 1)
    let (bf16, f32, other) = (EngineUse(.openvino, .bf16), EngineUse(.openvino), EngineUse(.onnxruntime))
    XCTAssertEqual(names(card, rates: [bf16: 100, other: 120, f32: 90])[0], "onnxruntime")
    XCTAssertEqual(names(card, rates: [bf16: 150, other: 120, f32: 90])[0], "openvino/bf16")
    XCTAssertEqual(names(card, bf16: .absent, rates: [other: 100, f32: 110]), ["openvino", "onnxruntime", "opencv"])
    // The usual choice was not measured: nothing says that it is slower.
    XCTAssertEqual(names(card, bf16: .absent, rates: [f32: 110])[0], "onnxruntime")
    XCTAssertEqual(names(card, engine: .onnxruntime, rates: [bf16: 150, other: 120]), ["onnxruntime"])
    // bf16 that is no faster by itself is measured, and taken where it was.
    XCTAssertEqual(names(card, bf16: .slow), ["onnxruntime", "openvino", "opencv", "openvino/bf16"])
    XCTAssertEqual(names(card, bf16: .slow, rates: [bf16: 150, other: 120, f32: 90])[0], "openvino/bf16")
    let reason = EngineSelection.order(
      card, engine: nil, precision: nil, bf16: .absent, rates: [other: 100, f32: 110.25])[0].reason
    XCTAssertEqual(reason.text, "110.3 images/s, onnxruntime 100.0 (imgrec bench --save)")
  }

  func testRatesAreKeptByMachineNetworkAndEngine() throws {
    var rates = EngineRates()
    rates.set(
      .init(imagesPerSecond: 5, library: "1"), of: "a@1", use: EngineUse(.openvino, .bf16), machine: "m, 2 cores")
    rates.set(.init(imagesPerSecond: 4, library: "2"), of: "a@1", use: EngineUse(.opencv), machine: "m, 2 cores")
    let read = try JSONDecoder().decode(EngineRates.self, from: JSONEncoder().encode(rates))
    XCTAssertEqual(read, rates)
    XCTAssertEqual(
      read.rates(of: "a@1", machine: "m, 2 cores").mapValues(\.imagesPerSecond),
      [EngineUse(.openvino, .bf16): 5, EngineUse(.opencv): 4])
    XCTAssertEqual(read.rates(of: "a@1", machine: "m, 4 cores"), [:])
    XCTAssertEqual(read.rates(of: "b@1", machine: "m, 2 cores"), [:])
  }

  func testTheFiguresOfTheZooNameEnginesOfTheirCards() {
    for card in ModelZoo.embedded.cards {
      for figure in card.precisions ?? [] {
        XCTAssertTrue(card.engines.contains(figure.engine), card.name)
        XCTAssertTrue(figure.pays, "\(card.name): a figure that does not pay is of no use")
      }
    }
  }
}
