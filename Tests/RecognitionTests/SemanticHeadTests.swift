import XCTest

@testable import Recognition

/// Logits of 2 x 2 pixels and three classes, made by hand.
final class SemanticHeadTests: XCTestCase {
  private func segments(_ logits: [Float], labels: [String], _ thresholds: Thresholds = Thresholds()) throws
    -> [Segment]
  {
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: logits.count)
    defer { buffer.deallocate() }
    _ = buffer.initialize(from: logits)
    let outputs = Outputs(
      count: 1, tensors: [Tensor(name: "logits", shape: [1, 2, 2, 3], values: UnsafeBufferPointer(buffer))])
    let transform = InputTransform.whole(PixelSize(width: 2, height: 2), order: .rgb)
    let found = try HeadSpec(kind: .semantic).findings(
      in: outputs, image: 0, transform: transform, labels: labels, thresholds: thresholds)
    guard case .segments(let segments) = found else { return [] }
    return segments
  }

  private let logits: [Float] = [9, 0, 0, 0, 8, 0, 0, 0, 7, 0, 6, 0]

  func testAClassASegment() throws {
    let found = try segments(logits, labels: ["ground", "cat", "dog"])
    XCTAssertEqual(found.map(\.label), ["cat", "dog"])
    XCTAssertEqual(found.map(\.area), [2, 1])
    XCTAssertEqual(found[0].box, Box(x: 1, y: 0, width: 1, height: 2))
    XCTAssertEqual(found[1].box, Box(x: 0, y: 1, width: 1, height: 1))
    XCTAssertEqual(found[0].mask.counts, [2, 2])
    XCTAssertEqual(found[1].score, 0.998_18, accuracy: 1e-4)
  }

  func testOnlyTheWantedAndTheSure() throws {
    let labels = ["ground", "cat", "dog"]
    XCTAssertEqual(try segments(logits, labels: labels, Thresholds(labels: ["dog"])).map(\.label), ["dog"])
    XCTAssertEqual(try segments(logits, labels: labels, Thresholds(minConfidence: 0.9999)).count, 0)
    XCTAssertThrowsError(try segments(logits, labels: ["ground", "cat"]))
    XCTAssertEqual(try segments([Float](repeating: 0, count: 12), labels: labels), [])
  }
}
