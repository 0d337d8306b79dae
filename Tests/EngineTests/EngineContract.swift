import Foundation
import OpenCVEngine
import Platform
import Recognition
import XCTest

/// What every engine has to hold. A suite for an engine gives `make` and calls each of these.
struct EngineContract {
  var make: (LoadedModel) throws -> any Engine

  func givesTheReferencesNumbers() throws {
    for model in [Tiny.classes(), Tiny.classes("classes_nhwc.onnx", layout: .nhwc), Tiny.classes("single.onnx")] {
      let engine = try make(model)
      for (scores, shift) in zip(Tiny.scores, [0, 50]) {
        let picture = Tiny.picture(width: 8, height: 8, shift: shift)
        assertClose(try engine.values([picture]), scores, model.card.name)
        XCTAssertEqual(try engine.shape([picture]), [1, 3])
      }
    }
  }

  func outputsGoByTheCardsNames() throws {
    let engine = try make(Tiny.classes(outputs: ["scores"]))
    try engine.infer([Tiny.picture(width: 8, height: 8)]) { outputs in
      XCTAssertEqual(outputs.tensors.map(\.name), ["scores"])
      XCTAssertEqual(outputs.count, 1)
    }
    assertRefused(Tiny.classes(outputs: ["nowhere"]), naming: "nowhere")
  }

  /// Values inside the graph are outputs too where the card says so, and what comes after them is not run.
  func innerValuesAreOutputs() throws {
    var model = try Real.mobilenet()
    model.card.outputs = ["mobilenetv20_features_pool0_fwd"]
    model.card.head = HeadSpec(kind: .vector)
    let engine = try make(model)
    let picture = Tiny.picture(width: 224, height: 224)
    let reference = try OpenCVEngines.make(model: model, threads: 1).values([picture])
    assertClose(try engine.values([picture]), reference, "an inner value")
    XCTAssertEqual(try engine.shape([picture]), [1, 1280, 1, 1])
  }

  func everyBatchGivesWhatSinglesGive() throws {
    let engine = try make(Tiny.classes())
    XCTAssertGreaterThanOrEqual(engine.maxBatch, 1)
    for count in (1...engine.maxBatch) + (1...engine.maxBatch).reversed() {
      let batch = (0..<count).map { Tiny.picture(width: 8, height: 8, shift: $0 % 2 * 50) }
      assertClose(try engine.values(batch), (0..<count).flatMap { Tiny.scores[$0 % 2] }, "batch \(count)")
      XCTAssertEqual(try engine.shape(batch), [count, 3])
    }
  }

  func aConstantBatchIsFoundOut() throws {
    let engine = try make(Tiny.classes("single.onnx"))
    if engine.maxBatch > 1 {
      // An engine may hope for batches until the first one comes; it answers that one right or refuses it.
      let pair = [Tiny.picture(width: 8, height: 8), Tiny.picture(width: 8, height: 8, shift: 50)]
      if let values = try? engine.values(pair) { assertClose(values, Tiny.scores[0] + Tiny.scores[1], "a first batch") }
    }
    XCTAssertEqual(engine.maxBatch, 1)
    assertClose(try engine.values([Tiny.picture(width: 8, height: 8)]), Tiny.scores[0], "after the probe")
  }

  func anyShapeRunsWhereTheCardFits() throws {
    let engine = try make(Tiny.map())
    let references: [(Int, Int, Float, Float, Float)] = [
      (12, 10, 1.6869603, -6.5765963, 410.20236), (20, 6, 1.6869603, -7.0371213, 414.5599),
    ]
    for (width, height, first, last, sum) in references + references {
      let picture = Tiny.picture(width: width, height: height)
      let values = try engine.values([picture])
      XCTAssertEqual(try engine.shape([picture]), [1, 2, height, width])
      XCTAssertEqual(values[0], first, accuracy: 1e-3)
      XCTAssertEqual(values[values.count - 1], last, accuracy: 1e-3)
      XCTAssertEqual(values.reduce(0) { $0 + abs($1) }, sum, accuracy: 1e-2)
    }
    for side in 1...12 {  // more shapes than any engine keeps plans for
      XCTAssertEqual(try engine.shape([Tiny.picture(width: 2 * side, height: 4)]), [1, 2, 4, 2 * side])
    }
  }

  func aWrongSlotIsRefusedAndTheEngineGoesOn() throws {
    let engine = try make(Tiny.classes())
    let good = Tiny.picture(width: 8, height: 8)
    let wrong = [
      [], [Tiny.picture(width: 9, height: 8)], [Tiny.picture(width: 8, height: 8, order: .grey)],
      [Tiny.picture(width: 8, height: 8, order: .bgr)], [good, Tiny.picture(width: 8, height: 7)],
      Array(repeating: good, count: engine.maxBatch + 1),
    ]
    for batch in wrong {
      XCTAssertThrowsError(try engine.values(batch)) { error in
        XCTAssertEqual((error as? Failure)?.code, .inferenceFailed)
        XCTAssertEqual((error as? Failure)?.stage, .infer)
      }
      assertClose(try engine.values([good]), Tiny.scores[0], "after a refusal")
    }
  }

  func aBodysFailureComesThrough() throws {
    let engine = try make(Tiny.classes())
    let thrown = Failure(.interpret, .unexpectedOutput, "the body's own")
    XCTAssertThrowsError(try engine.infer([Tiny.picture(width: 8, height: 8)]) { _ throws(Failure) in throw thrown }) {
      XCTAssertEqual($0 as? Failure, thrown)
    }
  }

  func filesThatAreNotTheCardsAreRefused() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "imgrec-engine-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let sound = try Data(contentsOf: Tiny.folder.appending(path: "classes.onnx"))
    let damaged: [String: Data] = [
      "empty.onnx": Data(), "text.onnx": Data("<html>404 Not Found</html>\n".utf8), "zeros.onnx": Data(count: 4096),
      "half.onnx": sound.prefix(sound.count / 2), "short.onnx": sound.dropLast(1),
      "picture.onnx": Data([0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 0x4A, 0x46, 0x49, 0x46]),
    ]
    for (name, bytes) in damaged {
      let path = folder.appending(path: name).path
      try bytes.write(to: URL(filePath: path))
      assertRefused(Tiny.classes(path: path), naming: name)
    }
    assertRefused(Tiny.classes(path: folder.appending(path: "missing.onnx").path), naming: "missing.onnx")
    assertRefused(Tiny.classes(path: folder.path), naming: folder.lastPathComponent)
  }

  func aCardThatSaysOtherThanTheFileIsRefused() throws {
    assertRefused(Tiny.classes(labels: ["a", "b"]), naming: "3 classes, the card has 2 labels")
    assertRefused(Tiny.classes(layout: .nhwc), naming: "classes.onnx")
    var grey = Tiny.classes()
    grey.card.input.channels = .grey
    grey.card.input.mean = [0]
    grey.card.input.scale = [1]
    assertRefused(grey, naming: "classes.onnx")
    var means = Tiny.classes()
    means.card.input.mean = [1]
    assertRefused(means, naming: "1 means")
    var head = Tiny.classes(labels: [])
    head.card.head = HeadSpec(kind: .yunet)
    assertRefused(head, naming: "YuNet has 12 outputs")
    var input = Tiny.classes()
    input.card.input.name = "elsewhere"
    assertRefused(input, naming: "elsewhere")
  }

  func manyCallsDoNotGrow() throws {
    let engine = try make(Tiny.classes())
    let batch = (0..<engine.maxBatch).map { Tiny.picture(width: 8, height: 8, shift: $0) }
    let some = Array(batch.prefix(max(1, engine.maxBatch - 1)))
    func runs(_ count: Int) throws {
      for _ in 0..<count {
        _ = try engine.infer(batch) { $0.count }
        _ = try engine.infer(some) { $0.count }
        _ = try engine.infer([batch[0]]) { $0.count }
        XCTAssertThrowsError(try engine.infer([]) { $0.count })
      }
    }
    try runs(200)
    let before = try residentBytes()
    try runs(2000)
    XCTAssertLessThan(try residentBytes() - before, 3 << 20)
  }

  /// Top-1 and logits of MobileNetV2, in batches and alone, against a first run of the same engine and, through
  /// `reference`, of another.
  func aRealNetworkAgrees(with reference: [Float]?) throws -> [Float] {
    let engine = try make(try Real.mobilenet())
    let slots = (0..<engine.maxBatch).map { Tiny.picture(width: 224, height: 224, shift: $0 * 31) }
    let alone = try slots.map { try engine.values([$0]) }
    assertClose(try engine.values(slots), alone.flatMap { $0 }, "batch \(engine.maxBatch)")
    if let reference {
      assertClose(alone[0], reference, "across engines")
      XCTAssertEqual(alone[0].firstIndex(of: alone[0].max()!), reference.firstIndex(of: reference.max()!))
    }
    return alone[0]
  }

  func assertRefused(_ model: LoadedModel, naming text: String, file: StaticString = #filePath, line: UInt = #line) {
    XCTAssertThrowsError(try make(model), text, file: file, line: line) { error in
      guard let error = error as? SetupError else { return XCTFail("\(error)", file: file, line: line) }
      XCTAssertTrue(error.description.contains(text), error.description, file: file, line: line)
    }
  }

  private func assertClose(_ a: [Float], _ b: [Float], _ what: String, line: UInt = #line) {
    XCTAssertEqual(a.count, b.count, what, line: line)
    for (x, y) in zip(a, b) where !(abs(x - y) <= 1e-3) { return XCTFail("\(what): \(x) for \(y)", line: line) }
  }
}
