import Foundation
import Platform
import Recognition
import Testing

/// Networks that take and give other numbers than float32: fed as they want, or refused by name, by every engine alike.
@Suite(.serialized) struct ElementTypeTests {
  /// A file, the mean that gives the type's numbers, what ONNX Runtime makes of the pictures, and how close others are.
  struct Sample: Sendable, CustomTestStringConvertible {
    var file: String
    var mean: Float = 0
    var scores: [[Float]]
    var accuracy: Float = 2e-3
    var testDescription: String { file }
  }

  private static let fractions: [[Float]] = [[18.835972, -13.43862, 2.411153], [28.693436, -18.80645, 9.603111]]
  static let samples = [
    Sample(file: "takes_uint8.onnx", scores: [[1, -2, 0], [2, -2, 0]]),
    Sample(file: "takes_int8.onnx", mean: 128, scores: [[-3, -11, -5], [-1, -2, -4]]),
    Sample(file: "takes_int32.onnx", scores: [[1, -2, 0], [2, -2, 0]]),
    Sample(file: "takes_int64.onnx", scores: fractions),
    Sample(file: "takes_float16.onnx", scores: fractions, accuracy: 0.02),
    Sample(file: "takes_float64.onnx", scores: fractions),
  ]

  private func model(_ file: String, mean: Float = 0, scale: Float = 1) -> LoadedModel {
    Tiny.model(
      file, labels: ["a", "b", "c"], head: .softmax,
      input: InputSpec(
        width: 8, height: 8, resize: .init(rule: .stretch), channels: .rgb,
        mean: [mean, mean, mean], scale: [scale, scale, scale]))
  }

  @Test("are fed what they take", arguments: EngineUnderTest.available, samples)
  func values(_ engine: EngineUnderTest, _ sample: Sample) throws {
    let instance = try engine.make(model(sample.file, mean: sample.mean))
    for (scores, shift) in zip(sample.scores, [0, 50]) {
      let found = try instance.values([Tiny.picture(width: 8, height: 8, shift: shift)])
      #expect(found.count == 3)
      for (a, b) in zip(found, scores) { #expect(abs(a - b) <= sample.accuracy, "\(found) for \(scores)") }
    }
  }

  @Test("fractions for a network of whole numbers are refused", arguments: EngineUnderTest.available)
  func fractionsAreRefused(_ engine: EngineUnderTest) {
    for (file, mean, scale) in [
      ("takes_uint8.onnx", 0, 0.01), ("takes_uint8.onnx", 128, 1), ("takes_int8.onnx", 0, 1),
      ("takes_int64.onnx", 0.5, 1),
    ] as [(String, Float, Float)] {
      engine.expectRefusal(of: model(file, mean: mean, scale: scale), naming: "must give whole numbers")
    }
  }

  @Test("numbers that no engine feeds are refused by name", arguments: EngineUnderTest.available)
  func refusals(_ engine: EngineUnderTest) {
    engine.expectRefusal(of: model("takes_bool.onnx"), naming: "takes_bool.onnx: its input takes bool")
  }
}
