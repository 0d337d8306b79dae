import XCTest

@testable import Recognition

final class MaskTests: XCTestCase {
  func testRunsGoDownTheColumns() {
    // The right half of a picture of 4 x 2.
    let map = SoftMask(size: PixelSize(width: 4, height: 2), values: [0, 0, 255, 255, 0, 0, 255, 255])
    let (mask, box) = map.runs(in: PixelSize(width: 4, height: 2), threshold: 128)
    XCTAssertEqual(mask.counts, [4, 4])
    XCTAssertEqual(mask.area, 4)
    XCTAssertEqual(box, Box(x: 2, y: 0, width: 2, height: 2))
  }

  func testEmptyAndFullMasks() {
    let size = PixelSize(width: 3, height: 2)
    let none = SoftMask(size: size, values: [UInt8](repeating: 0, count: 6)).runs(in: size, threshold: 1)
    XCTAssertEqual(none.mask.counts, [6])
    XCTAssertEqual(none.box.area, 0)
    let all = SoftMask(size: size, values: [UInt8](repeating: 255, count: 6)).runs(in: size, threshold: 128)
    XCTAssertEqual(all.mask.counts, [0, 6])
  }

  func testAMapIsEnlargedBetweenItsPixels() {
    let map = SoftMask(size: PixelSize(width: 2, height: 1), values: [0, 255])
    let large = map.resized(to: PixelSize(width: 4, height: 1))
    XCTAssertEqual(Array(large.bytes), [0, 64, 191, 255])
  }

  /// Expected values: pycocotools' `encode` of the same masks.
  func testCompressedAsCOCOHasIt() {
    XCTAssertEqual(RunLengthMask(size: PixelSize(width: 4, height: 2), counts: [4, 4]).compressed, "44")
    XCTAssertEqual(
      RunLengthMask(size: PixelSize(width: 100, height: 100), counts: [1000, 50, 50, 50, 50, 8800]).compressed,
      "Xo0b1b100^a8")
  }

  func testASalientMap() throws {
    var values = [Float](repeating: 0.01, count: 16)
    for index in [5, 6, 9, 10] { values[index] = 0.99 }
    let transform = InputSpec(
      width: 4, height: 4, resize: .init(rule: .stretch), channels: .rgb, mean: [0, 0, 0], scale: [1, 1, 1]
    ).transform(of: PixelSize(width: 8, height: 4))
    let found = try values.withUnsafeBufferPointer { buffer in
      try HeadSpec(kind: .salient).findings(
        in: Outputs(count: 1, tensors: [Tensor(name: "map", shape: [1, 1, 4, 4], values: buffer)]), image: 0,
        transform: transform, labels: [], thresholds: Thresholds(minConfidence: 0.5))
    }
    guard case .segments(let segments) = found, let segment = segments.first else { return XCTFail("no segment") }
    XCTAssertEqual(segment.box, Box(x: 2, y: 1, width: 4, height: 2))
    XCTAssertEqual(segment.area, 8)
    XCTAssertEqual(segment.score, 1, accuracy: 1e-3)
  }

  func testVectorsHaveLengthOne() throws {
    let values: [Float] = [3, 4, 0, 0]
    let found = try values.withUnsafeBufferPointer { buffer in
      try HeadSpec(kind: .vector).findings(
        in: Outputs(count: 2, tensors: [Tensor(name: "v", shape: [2, 2], values: buffer)]), image: 0,
        transform: .whole(PixelSize(width: 1, height: 1), order: .rgb), labels: [], thresholds: Thresholds())
    }
    XCTAssertEqual(found, .embedding([0.6, 0.8]))
  }
}
