import XCTest

@testable import Recognition

/// Outputs that are no numbers, or absurd ones: each head fails the image with `unexpected_output`, and traps nowhere.
final class NonFiniteOutputTests: XCTestCase {
  private static let transform = InputTransform.whole(PixelSize(width: 64, height: 64), order: .bgr)
  private static let absurd: [Float] = [.nan, .infinity, -.infinity, 1e30, -1e30, .greatestFiniteMagnitude, 3e9]

  /// A head and outputs from which it finds something.
  private struct Sample {
    var spec: HeadSpec
    var outputs: [(shape: [Int], values: [Float])]
    var labels: [String] = []
    /// Output and index of the values that decide.
    var scores: [(Int, Int)]
    var geometry: [(Int, Int)] = []
    /// Whether scores are probabilities, so that 1e30 is none either.
    var isProbability = true

    func read() throws -> Findings {
      let buffers = outputs.map { output in
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: output.values.count)
        _ = buffer.initialize(from: output.values)
        return buffer
      }
      defer { for buffer in buffers { buffer.deallocate() } }
      let tensors = zip(outputs, buffers).map {
        Tensor(name: "t", shape: $0.shape, values: UnsafeBufferPointer($1))
      }
      return try spec.findings(
        in: Outputs(count: 1, tensors: tensors), image: 0, transform: transform, labels: labels,
        thresholds: Thresholds(minConfidence: 0.3))
    }

    func with(_ value: Float, at place: (Int, Int)) -> Sample {
      var copy = self
      copy.outputs[place.0].values[place.1] = value
      return copy
    }
  }

  private static func spec(_ kind: HeadSpec.Kind, _ change: (inout HeadSpec) -> Void = { _ in }) -> HeadSpec {
    var spec = HeadSpec(kind: kind)
    change(&spec)
    return spec
  }

  private static func plane(_ count: Int, _ index: Int, _ value: Float, rest: Float = 0) -> [Float] {
    var values = [Float](repeating: rest, count: count)
    values[index] = value
    return values
  }

  private static var samples: [Sample] {
    let cells = 256  // of four pixels
    let maps = (0..<12).map { output in
      let (group, level) = (output / 3, output % 3)
      let count = [64, 16, 4][level]
      return (
        shape: [1, count, [1, 1, 4, 10][group]],
        values: [Float](repeating: group < 2 ? 0.9 : 0, count: count * [1, 1, 4, 10][group])
      )
    }
    let columns = [Float](repeating: 0, count: 6 * 8).enumerated().map { index, _ in
      index % 8 == 3 ? [32, 16, 8, 4, 0.1, 0.6][index / 8] : Float(0)
    }
    var block = [Float](repeating: 0, count: 64 * 64)
    for y in 20..<40 { for x in 10..<50 { block[y * 64 + x] = 0.95 } }
    return [
      Sample(spec: spec(.softmax), outputs: [([1, 3], [0, 4, 1])], scores: [(0, 0), (0, 1)], isProbability: false),
      Sample(spec: spec(.probabilities), outputs: [([1, 3], [0, 0.9, 0.1])], scores: [(0, 1)]),
      Sample(spec: spec(.yunet), outputs: maps, scores: [(0, 0), (3, 63), (4, 3)], geometry: [(6, 2), (9, 1)]),
      Sample(
        spec: spec(.centerface),
        outputs: [
          ([1, 1, 16, 16], plane(cells, 100, 0.9)), ([1, 2, 16, 16], plane(2 * cells, 100, 1)),
          ([1, 2, 16, 16], plane(2 * cells, 100, 0.5)), ([1, 10, 16, 16], plane(10 * cells, 100, 0.5)),
        ], scores: [(0, 100), (0, 3)], geometry: [(1, 100), (2, 356), (3, 100)]),
      Sample(spec: spec(.boxes), outputs: [([1, 5], [1, 2, 3, 4, 0.5])], scores: [(0, 4)], geometry: [(0, 2)]),
      Sample(
        spec: spec(.yolox) { $0.strides = [32] }, outputs: [([1, 4, 7], plane(28, 4, 0.9, rest: 0.8))],
        scores: [(0, 4), (0, 5), (0, 20)], geometry: [(0, 0), (0, 2)]),
      Sample(
        spec: spec(.yolov5), outputs: [([1, 2, 7], plane(14, 4, 0.9, rest: 0.8))], scores: [(0, 4), (0, 6), (0, 11)],
        geometry: [(0, 1), (0, 3)]),
      Sample(
        spec: spec(.yolov8), outputs: [([1, 6, 8], columns)], labels: ["a", "b"], scores: [(0, 43), (0, 35), (0, 32)],
        geometry: [(0, 3), (0, 19)]),
      Sample(
        spec: spec(.yolov8), outputs: [([1, 5, 6], [1, 2, 30, 40, 0.9, 1] + [Float](repeating: 0, count: 24))],
        labels: ["a", "b"],
        scores: [(0, 4), (0, 5)], geometry: [(0, 0), (0, 3)]),
      Sample(
        spec: spec(.darknet), outputs: [([1, 7], [0.5, 0.5, 0.2, 0.2, 0.9, 0.1, 0.8])], scores: [(0, 4), (0, 6)],
        geometry: [(0, 0), (0, 3)]),
      Sample(
        spec: spec(.ssd), outputs: [([1, 1, 1, 7], [0, 1, 0.9, 0.1, 0.1, 0.5, 0.5])],
        scores: [(0, 1), (0, 2)], geometry: [(0, 3), (0, 6)]),
      Sample(
        spec: spec(.salient), outputs: [([1, 1, 64, 64], block)], scores: [(0, 0), (0, 1300)], isProbability: false),
      Sample(
        spec: spec(.semantic), outputs: [([1, 64, 64, 2], plane(8192, 1, 3))], scores: [(0, 0), (0, 1)],
        isProbability: false),
      Sample(spec: spec(.vector), outputs: [([1, 3], [1, 2, 3])], scores: [(0, 0)], isProbability: false),
      Sample(
        spec: spec(.textmap), outputs: [([1, 1, 64, 64], block)], scores: [(0, 0), (0, 1300)], isProbability: false),
      Sample(
        spec: spec(.ctc), outputs: [([1, 2, 3], [0, 0.9, 0.1, 0, 0.1, 0.9])], labels: ["a", "b"],
        scores: [(0, 0), (0, 1)], isProbability: false),
      Sample(
        spec: spec(.ctcLogits), outputs: [([1, 2, 3], [0, 0.9, 0.1, 0, 0.1, 0.9])], labels: ["a", "b"],
        scores: [(0, 0), (0, 1)], isProbability: false),
      Sample(
        spec: spec(.ctcPlanes) { $0.skip = -3 }, outputs: [([1, 3, 2, 1], [0.9, 0, 0, 0.9, 0.1, 0.1])],
        labels: ["a", "b"], scores: [(0, 0), (0, 3)], isProbability: false),
      Sample(
        spec: spec(.east),
        outputs: [
          ([1, 1, 16, 16], plane(cells, 100, 0.9)), ([1, 5, 16, 16], [Float](repeating: 3, count: 5 * cells)),
        ],
        scores: [(0, 100), (0, 0)], geometry: [(1, 100), (1, 1124)]),
      Sample(
        spec: spec(.codes), outputs: [([1, 14], [1, 1, 9, 1, 9, 9, 1, 9, 0, 1, 1, 0, 65, 66])],
        scores: [(0, 9), (0, 13)],
        geometry: [(0, 0), (0, 7)], isProbability: false),
      Sample(spec: spec(.measures), outputs: [([1], [1])], scores: [(0, 0)], isProbability: false),
      Sample(
        spec: HeadSpec(kind: .upscale, upscale: UpscaleSpec(scale: 1, overlap: 0)),
        outputs: [([1, 3, 64, 64], [Float](repeating: 0, count: 3 * 4096))], scores: [(0, 0), (0, 12287)],
        isProbability: false),
    ]
  }

  func testEveryHeadHasASample() throws {
    XCTAssertEqual(Set(Self.samples.map(\.spec.kind)), Set(HeadSpec.Kind.allCases))
    for sample in Self.samples { XCTAssertFalse(try sample.read().isEmpty, sample.spec.kind.rawValue) }
  }

  func testScoresThatAreNoNumbersFailTheImage() {
    for sample in Self.samples {
      for place in sample.scores {
        for value in [Float.nan, .infinity, -.infinity] { assertUnexpected(sample, value, place) }
        if sample.isProbability { assertUnexpected(sample, 1e30, place) }
      }
    }
  }

  func testGeometryThatIsNoNumberFailsTheImage() {
    for sample in Self.samples {
      for place in sample.geometry { for value in [Float.nan, .infinity] { assertUnexpected(sample, value, place) } }
    }
  }

  func testAbsurdNumbersTrapNowhere() {
    for sample in Self.samples {
      for place in sample.scores + sample.geometry {
        for value in Self.absurd {
          guard case .detections(let found) = try? sample.with(value, at: place).read() else { continue }
          for detection in found {
            XCTAssertTrue((0...1).contains(detection.score), "\(sample.spec.kind) \(value)")
            let box = detection.box
            XCTAssertTrue([box.x, box.y, box.width, box.height].allSatisfy { (0...64).contains($0) }, "\(box)")
          }
        }
      }
    }
  }

  func testTheVectorisedCheckSeesEveryPlace() {
    for count in 0..<40 {
      var values = [Float](repeating: .greatestFiniteMagnitude, count: count)
      values.withUnsafeBufferPointer { XCTAssertTrue(OutputCheck.isFinite($0)) }
      for index in values.indices {
        for value in [Float.nan, -.infinity, .infinity, .signalingNaN] {
          values[index] = value
          values.withUnsafeBufferPointer {
            XCTAssertFalse(OutputCheck.isFinite($0), "\(value) at \(index) of \(count)")
          }
        }
        values[index] = -0
      }
    }
  }

  private func assertUnexpected(_ sample: Sample, _ value: Float, _ place: (Int, Int), line: UInt = #line) {
    XCTAssertThrowsError(
      try sample.with(value, at: place).read(), "\(sample.spec.kind): \(value) at \(place)", line: line
    ) { error in
      XCTAssertEqual((error as? Failure)?.code, .unexpectedOutput, line: line)
      XCTAssertEqual((error as? Failure)?.stage, .interpret, line: line)
    }
  }
}
