import XCTest

@testable import Recognition

final class HeadTests: XCTestCase {
  private let transform = InputTransform.whole(PixelSize(width: 64, height: 64), order: .bgr)

  private func read(
    _ kind: HeadSpec.Kind, _ values: [Float], count: Int = 1, image: Int = 0, labels: [String] = [],
    _ thresholds: Thresholds = Thresholds()
  ) throws -> Findings {
    try values.withUnsafeBufferPointer { buffer in
      let tensor = Tensor(name: "out", shape: [count, values.count / count], values: buffer)
      return try HeadSpec(kind: kind).findings(
        in: Outputs(count: count, tensors: [tensor]), image: image, transform: transform, labels: labels,
        thresholds: thresholds)
    }
  }

  func testSoftmaxGivesProbabilitiesTheLikeliestFirst() throws {
    guard case .labels(let labels) = try read(.softmax, [0, 2, 1], labels: ["a", "b", "c"], Thresholds(top: 2)) else {
      return XCTFail("labels were expected")
    }
    XCTAssertEqual(labels.map(\.label), ["b", "c"])
    XCTAssertEqual(labels[0].score, 0.66524096, accuracy: 1e-6)
    XCTAssertEqual(labels[1].score, 0.24472847, accuracy: 1e-6)
  }

  func testTheSecondImageOfABatch() throws {
    let found = try read(.probabilities, [0.9, 0.1, 0.2, 0.8], count: 2, image: 1, Thresholds(top: 1))
    XCTAssertEqual(found, .labels([Label(label: "1", id: 1, score: 0.8)]))
  }

  func testLargeLogitsDoNotOverflow() throws {
    guard case .labels(let labels) = try read(.softmax, [1000, 999]) else { return XCTFail("labels were expected") }
    XCTAssertEqual(labels[0].score, 0.7310586, accuracy: 1e-5)
  }

  func testAnswersBelowTheThresholdAreLeftOut() throws {
    XCTAssertEqual(
      try read(.probabilities, [0.4, 0.6], Thresholds(minConfidence: 0.5)),
      .labels([Label(label: "1", id: 1, score: 0.6)]))
  }

  func testNotANumberAndWrongLabelCountsAreFailures() {
    XCTAssertThrowsError(try read(.softmax, [.nan, 1])) { XCTAssertEqual(($0 as? Failure)?.code, .unexpectedOutput) }
    XCTAssertThrowsError(try read(.softmax, [1, 2], labels: ["one"]))
    XCTAssertThrowsError(try read(.yunet, [1, 2]))
  }

  func testBoxesAreRowsOfFive() throws {
    let found = try read(.boxes, [1, 2, 3, 4, 0.5, 5, 6, 7, 8, 0.9])
    XCTAssertEqual(
      found,
      .detections([
        Detection(score: 0.9, box: Box(x: 5, y: 6, width: 7, height: 8)),
        Detection(score: 0.5, box: Box(x: 1, y: 2, width: 3, height: 4)),
      ]))
  }

  func testSuppressionKeepsTheSurestOfAPile() {
    let pile = [
      Detection(score: 0.8, box: Box(x: 0, y: 0, width: 10, height: 10)),
      Detection(score: 0.9, box: Box(x: 1, y: 0, width: 10, height: 10)),
      Detection(label: "other", score: 0.7, box: Box(x: 1, y: 0, width: 10, height: 10)),
      Detection(score: 0.6, box: Box(x: 30, y: 0, width: 10, height: 10)),
    ]
    XCTAssertEqual(
      NonMaximumSuppression.apply(pile, score: \.score) { $0.label == $1.label && $0.box.iou($1.box) > 0.5 }.map(
        \.score), [0.9, 0.7, 0.6])
  }
}
