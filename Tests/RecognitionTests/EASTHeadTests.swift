import XCTest

@testable import Recognition

/// EAST's maps, made by hand: 4 x 4 cells of a slot of 16 x 16.
final class EASTHeadTests: XCTestCase {
  private let transform = InputTransform.whole(PixelSize(width: 16, height: 16), order: .rgb)

  private func lines(_ cells: [Int: (score: Float, geometry: [Float])], iou: Float = 0.4) throws -> [Detection] {
    let scores = UnsafeMutableBufferPointer<Float>.allocate(capacity: 16)
    let geometry = UnsafeMutableBufferPointer<Float>.allocate(capacity: 80)
    defer {
      scores.deallocate()
      geometry.deallocate()
    }
    scores.initialize(repeating: 0)
    geometry.initialize(repeating: 0)
    for (cell, value) in cells {
      scores[cell] = value.score
      for (plane, number) in value.geometry.enumerated() { geometry[16 * plane + cell] = number }
    }
    let outputs = Outputs(
      count: 1,
      tensors: [
        Tensor(name: "scores", shape: [1, 1, 4, 4], values: UnsafeBufferPointer(scores)),
        Tensor(name: "geometry", shape: [1, 5, 4, 4], values: UnsafeBufferPointer(geometry)),
      ])
    let found = try HeadSpec(kind: .east).findings(
      in: outputs, image: 0, transform: transform, labels: [], thresholds: Thresholds(minConfidence: 0.5, iou: iou))
    guard case .detections(let lines) = found else { return [] }
    return lines
  }

  func testAnUprightWord() throws {
    // Cell (2, 1): 2 above, 5 to the right, 3 below, 6 to the left of (8, 4).
    let found = try lines([6: (0.9, [2, 5, 3, 6, 0]), 7: (0.4, [2, 5, 3, 6, 0])])
    XCTAssertEqual(found.count, 1)
    XCTAssertEqual(
      found[0].quad, [Point(x: 2, y: 2), Point(x: 13, y: 2), Point(x: 13, y: 7), Point(x: 2, y: 7)])
    XCTAssertEqual(found[0].box, Box(x: 2, y: 2, width: 11, height: 5))
    XCTAssertEqual(found[0].score, 0.9)
  }

  func testATurnedWord() throws {
    // A quarter turn against the clock: the width runs upwards.
    let found = try lines([10: (0.8, [1, 4, 1, 2, .pi / 2])])
    let expected: [(Float, Float)] = [(7, 10), (7, 4), (9, 4), (9, 10)]
    for (point, corner) in zip(found[0].quad, expected) {
      XCTAssertEqual(point.x, corner.0, accuracy: 1e-4)
      XCTAssertEqual(point.y, corner.1, accuracy: 1e-4)
    }
  }

  func testTheSurestOfAPileIsKept() throws {
    let same: [Int: (score: Float, geometry: [Float])] = [
      5: (0.7, [2, 7, 2, 3, 0]), 6: (0.95, [2, 3, 2, 7, 0]), 13: (0.6, [2, 7, 1, 3, 0]),
    ]
    XCTAssertEqual(try lines(same).map(\.score), [0.95, 0.6])
    XCTAssertEqual(try lines(same, iou: 1).count, 3)
  }
}
