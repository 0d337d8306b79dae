import EngineSupport
import Foundation
import ONNXRuntimeEngine
import OpenVINOEngine
import Platform
import Recognition
import Testing

@testable import OpenCVEngine

/// An installed engine. A new engine is one entry of `all`.
struct EngineUnderTest: Sendable, CustomTestStringConvertible {
  static let all: [EngineProvider] = [.opencv, .openvino, .onnxruntime]
  static let available = all.filter { (try? $0.open()) != nil }.map(EngineUnderTest.init)

  let provider: EngineProvider
  var testDescription: String { provider.kind.rawValue }

  func make(_ model: LoadedModel) throws -> any Engine { try provider.makeInstances(model, EngineOptions())[0] }

  /// Expects that no engine is made for `model`, with `text` in the error.
  func expectRefusal(
    of model: LoadedModel, naming text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: SetupError.self, sourceLocation: sourceLocation) { try make(model) }
    #expect(error?.description.contains(text) == true, "\(error?.description ?? "")", sourceLocation: sourceLocation)
  }
}

/// Expects two lists of numbers within 1e-3 of each other.
func expectClose(
  _ a: [Float], _ b: [Float], _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(a.count == b.count, "\(what)", sourceLocation: sourceLocation)
  let worst = zip(a, b).map { abs($0 - $1) }.max() ?? 0
  #expect(worst <= 1e-3, "\(what): off by \(worst)", sourceLocation: sourceLocation)
}

/// The contract of every engine. Serial, as OpenCV's threads belong to the process.
@Suite(.serialized) struct EngineContractTests {
  @Test("returns the reference's values", arguments: EngineUnderTest.available)
  func referenceNumbers(_ engine: EngineUnderTest) throws {
    for model in [Tiny.classes(), Tiny.classes("classes_nhwc.onnx", layout: .nhwc), Tiny.classes("single.onnx")] {
      let instance = try engine.make(model)
      for (scores, shift) in zip(Tiny.scores, [0, 50]) {
        let picture = Tiny.picture(width: 8, height: 8, shift: shift)
        expectClose(try instance.values([picture]), scores, model.card.name)
        #expect(try instance.shape([picture]) == [1, 3])
      }
    }
  }

  @Test("outputs have the card's names", arguments: EngineUnderTest.available)
  func outputNames(_ engine: EngineUnderTest) throws {
    let instance = try engine.make(Tiny.classes(outputs: ["scores"]))
    try instance.infer([Tiny.picture(width: 8, height: 8)]) { outputs in
      #expect(outputs.tensors.map(\.name) == ["scores"])
      #expect(outputs.count == 1)
    }
    engine.expectRefusal(of: Tiny.classes(outputs: ["nowhere"]), naming: "nowhere")
  }

  @Test(
    "values inside the graph can be outputs", .enabled(if: Real.hasMobilenet, "mobilenet_v2 is not pulled"),
    arguments: EngineUnderTest.available)
  func innerValues(_ engine: EngineUnderTest) throws {
    var model = try Real.mobilenet()
    model.card.outputs = ["mobilenetv20_features_pool0_fwd"]
    model.card.head = HeadSpec(kind: .vector)
    let instance = try engine.make(model)
    let picture = Tiny.picture(width: 224, height: 224)
    let reference = try makeOpenCVEngine(model: model, threads: 1).values([picture])
    expectClose(try instance.values([picture]), reference, "an inner value")
    #expect(try instance.shape([picture]) == [1, 1280, 1, 1])
  }

  @Test("a batch returns what its images return alone", arguments: EngineUnderTest.available)
  func batches(_ engine: EngineUnderTest) throws {
    let instance = try engine.make(Tiny.classes())
    #expect(instance.maxBatch >= 1)
    for count in (1...instance.maxBatch) + (1...instance.maxBatch).reversed() {
      let batch = (0..<count).map { Tiny.picture(width: 8, height: 8, shift: $0 % 2 * 50) }
      expectClose(try instance.values(batch), (0..<count).flatMap { Tiny.scores[$0 % 2] }, "batch \(count)")
      #expect(try instance.shape(batch) == [count, 3])
    }
  }

  @Test("a constant batch of 1 is detected", arguments: EngineUnderTest.available)
  func constantBatch(_ engine: EngineUnderTest) throws {
    let instance = try engine.make(Tiny.classes("single.onnx"))
    if instance.maxBatch > 1 {
      // An engine may assume batches until the first one comes; it answers that one right or refuses it.
      let pair = [Tiny.picture(width: 8, height: 8), Tiny.picture(width: 8, height: 8, shift: 50)]
      if let values = try? instance.values(pair) {
        expectClose(values, Tiny.scores[0] + Tiny.scores[1], "a first batch")
      }
    }
    #expect(instance.maxBatch == 1)
    expectClose(try instance.values([Tiny.picture(width: 8, height: 8)]), Tiny.scores[0], "after the probe")
  }

  @Test("any shape runs if the file has free sides", arguments: EngineUnderTest.available)
  func freeShapes(_ engine: EngineUnderTest) throws {
    let instance = try engine.make(Tiny.map())
    let references: [(Int, Int, Float, Float, Float)] = [
      (12, 10, 1.6869603, -6.5765963, 410.20236), (20, 6, 1.6869603, -7.0371213, 414.5599),
    ]
    for (width, height, first, last, sum) in references + references {
      let picture = Tiny.picture(width: width, height: height)
      let values = try instance.values([picture])
      #expect(try instance.shape([picture]) == [1, 2, height, width])
      #expect(abs(values[0] - first) <= 1e-3)
      #expect(abs(values[values.count - 1] - last) <= 1e-3)
      #expect(abs(values.reduce(0) { $0 + abs($1) } - sum) <= 1e-2)
    }
    for side in 1...12 {  // more shapes than any engine caches plans for
      #expect(try instance.shape([Tiny.picture(width: 2 * side, height: 4)]) == [1, 2, 4, 2 * side])
    }
  }

  @Test("a trimmed letterbox is run as it is, or padded to the card's size", arguments: EngineUnderTest.available)
  func trimmedLetterboxes(_ engine: EngineUnderTest) throws {
    let free = try engine.make(Tiny.map())
    var model = Tiny.map()
    model.card.input.resize = .init(rule: .letterbox, pad: 114, anchor: .corner, multiple: 4)
    (model.card.input.width, model.card.input.height) = (16, 16)
    let instance = try engine.make(model)
    for (width, height) in [(16, 12), (8, 16), (16, 16), (16, 4)] {
      let slot = Tiny.picture(width: width, height: height)
      let padded = PixelBuffer(size: PixelSize(width: 16, height: 16), order: .rgb)
      padded.bytes.initialize(repeating: 114)
      for row in 0..<height {
        (padded.base + row * padded.stride).update(from: slot.base + row * slot.stride, count: slot.stride)
      }
      let (seen, shape, values) = try instance.infer([slot]) { outputs in
        (outputs.slot ?? slot.size, outputs.tensors[0].shape, Array(outputs.tensors[0].values))
      }
      #expect(seen == slot.size || seen == padded.size)
      #expect(shape == [1, 2, seen.height, seen.width])
      expectClose(values, try free.values([seen == slot.size ? slot : padded]), "\(width)x\(height)")
    }
  }

  @Test("a wrong slot is refused, and the engine still works", arguments: EngineUnderTest.available)
  func wrongSlots(_ engine: EngineUnderTest) throws {
    let instance = try engine.make(Tiny.classes())
    let good = Tiny.picture(width: 8, height: 8)
    let wrong = [
      [], [Tiny.picture(width: 9, height: 8)], [Tiny.picture(width: 8, height: 8, order: .grey)],
      [Tiny.picture(width: 8, height: 8, order: .bgr)], [good, Tiny.picture(width: 8, height: 7)],
      Array(repeating: good, count: instance.maxBatch + 1),
    ]
    for batch in wrong {
      let failure = #expect(throws: Failure.self) { try instance.values(batch) }
      #expect(failure?.code == .inferenceFailed)
      #expect(failure?.stage == .infer)
      expectClose(try instance.values([good]), Tiny.scores[0], "after a refusal")
    }
  }

  @Test("a failure of the body is passed on", arguments: EngineUnderTest.available)
  func bodyFailure(_ engine: EngineUnderTest) throws {
    let instance = try engine.make(Tiny.classes())
    let thrown = Failure(.interpret, .unexpectedOutput, "the body's own")
    #expect(throws: thrown) {
      try instance.infer([Tiny.picture(width: 8, height: 8)]) { _ throws(Failure) in throw thrown }
    }
  }

  @Test("files that are damaged or missing are refused by name", arguments: EngineUnderTest.available)
  func damagedFiles(_ engine: EngineUnderTest) throws {
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
      engine.expectRefusal(of: Tiny.classes(path: path), naming: name)
    }
    engine.expectRefusal(of: Tiny.classes(path: folder.appending(path: "missing.onnx").path), naming: "missing.onnx")
    engine.expectRefusal(of: Tiny.classes(path: folder.path), naming: folder.lastPathComponent)
  }

  @Test("a card that contradicts its file is refused", arguments: EngineUnderTest.available)
  func contradictingCards(_ engine: EngineUnderTest) throws {
    engine.expectRefusal(of: Tiny.classes(labels: ["a", "b"]), naming: "3 classes, the card has 2 labels")
    engine.expectRefusal(of: Tiny.classes(layout: .nhwc), naming: "classes.onnx")
    var grey = Tiny.classes()
    grey.card.input.channels = .grey
    grey.card.input.mean = [0]
    grey.card.input.scale = [1]
    engine.expectRefusal(of: grey, naming: "classes.onnx")
    var means = Tiny.classes()
    means.card.input.mean = [1]
    engine.expectRefusal(of: means, naming: "1 means")
    var head = Tiny.classes(labels: [])
    head.card.head = HeadSpec(kind: .yunet)
    engine.expectRefusal(of: head, naming: "YuNet has 12 outputs")
    var input = Tiny.classes()
    input.card.input.name = "elsewhere"
    engine.expectRefusal(of: input, naming: "elsewhere")
  }

  @Test(
    "agrees with OpenCV on MobileNetV2, in batches and alone",
    .enabled(if: Real.hasMobilenet, "mobilenet_v2 is not pulled"), arguments: EngineUnderTest.available)
  func realNetwork(_ engine: EngineUnderTest) throws {
    let instance = try engine.make(try Real.mobilenet())
    let slots = (0..<instance.maxBatch).map { Tiny.picture(width: 224, height: 224, shift: $0 * 31) }
    let alone = try slots.map { try instance.values([$0]) }
    expectClose(try instance.values(slots), alone.flatMap { $0 }, "batch \(instance.maxBatch)")
    let reference = try makeOpenCVEngine(model: try Real.mobilenet(), threads: 1).values([slots[0]])
    expectClose(alone[0], reference, "against OpenCV")
    #expect(alone[0].firstIndex(of: alone[0].max()!) == reference.firstIndex(of: reference.max()!))
  }
}
