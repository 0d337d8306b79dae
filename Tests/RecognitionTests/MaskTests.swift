import Platform
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
    XCTAssertEqual(row(0, of: map, in: PixelSize(width: 4, height: 1)), [0, 64, 191, 255])
  }

  private func row(_ y: Int, of map: SoftMask, in picture: PixelSize) -> [UInt8] {
    var row = [UInt8](repeating: 7, count: picture.width)
    row.withUnsafeMutableBufferPointer { map.row(y, of: picture, into: $0) }
    return row
  }

  func testRunsAreThoseOfTheRowsInPicturesOfAnyShape() {
    var state: UInt32 = 1
    let values = (0..<35).map { _ -> UInt8 in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
    let map = SoftMask(size: PixelSize(width: 7, height: 5), values: values)
    for (width, height) in [(1, 1), (1, 400), (400, 1), (3, 2), (7, 5), (31, 17), (4, 90)] {
      let picture = PixelSize(width: width, height: height)
      let rows = (0..<height).map { row($0, of: map, in: picture) }
      var inside: [Bool] = []
      for (index, count) in map.runs(in: picture, threshold: 100).mask.counts.enumerated() {
        inside += Array(repeating: index % 2 == 1, count: count)
      }
      XCTAssertEqual(
        inside, (0..<width).flatMap { x in (0..<height).map { y in rows[y][x] >= 100 } }, "\(picture)")
    }
  }

  func testRunsNeedNoMemoryForThePicture() {
    let map = SoftMask(size: PixelSize(width: 2, height: 1), values: [255, 255])
    let before = ProcessUsage.current.peakMemory
    let (mask, box) = map.runs(in: PixelSize(width: 20_000_000, height: 1), threshold: 128)
    XCTAssertEqual(mask.counts, [0, 20_000_000])
    XCTAssertEqual(box.width, 20_000_000)
    XCTAssertLessThan(ProcessUsage.current.peakMemory - before, 8 << 20)
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
