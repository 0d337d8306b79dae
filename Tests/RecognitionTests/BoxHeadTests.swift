import Foundation
import XCTest

@testable import Recognition

/// Heads on tensors made by hand.
final class BoxHeadTests: XCTestCase {
  private let transform = InputTransform.whole(PixelSize(width: 64, height: 64), order: .bgr)
  private let names = ["cat", "dog"]

  private func read(
    _ spec: HeadSpec, _ outputs: [(shape: [Int], values: [Float])], count: Int = 1, image: Int = 0,
    labels: [String]? = nil, _ thresholds: Thresholds = Thresholds(minConfidence: 0.3, iou: 0.45)
  ) throws -> [Detection] {
    let buffers = outputs.map { output in
      let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: output.values.count)
      _ = buffer.initialize(from: output.values)
      return buffer
    }
    defer { for buffer in buffers { buffer.deallocate() } }
    let tensors = zip(outputs, buffers).enumerated().map { index, pair in
      Tensor(name: "\(index)", shape: pair.0.shape, values: UnsafeBufferPointer(pair.1))
    }
    let found = try spec.findings(
      in: Outputs(count: count, tensors: tensors), image: image, transform: transform, labels: labels ?? names,
      thresholds: thresholds)
    guard case .detections(let detections) = found else { throw Failure(.interpret, .unexpectedOutput, "no boxes") }
    return detections
  }

  private func spec(_ kind: HeadSpec.Kind) -> HeadSpec { HeadSpec(kind: kind) }

  func testYOLOXDecodesItsGrids() throws {
    // One stride of 32: four cells, row by row.
    var head = spec(.yolox)
    head.strides = [32]
    var rows = [Float](repeating: 0, count: 4 * 7)
    rows.replaceSubrange(21..<28, with: [0.5, 0.25, 0, 0, 0.9, 0.1, 0.8])
    let found = try read(head, [([1, 4, 7], rows)])
    XCTAssertEqual(found.count, 1)
    XCTAssertEqual(found[0].label, "dog")
    XCTAssertEqual(found[0].score, 0.72, accuracy: 1e-6)
    // Centre (1.5, 1.25) cells, one cell large.
    XCTAssertEqual(found[0].box, Box(x: 32, y: 24, width: 32, height: 32))
  }

  func testYOLOXOfAnotherSizeIsRefused() {
    XCTAssertThrowsError(try read(spec(.yolox), [([1, 4, 7], [Float](repeating: 0, count: 28))])) { error in
      XCTAssertEqual((error as? Failure)?.message, "YOLOX has 84 cells at 64x64, the network gave 4")
    }
  }

  func testYOLOv5ScoresAreObjectnessTimesClass() throws {
    let rows: [Float] = [
      20, 20, 10, 10, 0.5, 0.9, 0.1,
      40, 40, 20, 10, 0.9, 0.2, 0.9,
      41, 40, 20, 10, 0.8, 0.2, 0.9,
      10, 10, 5, 5, 0.2, 1, 0,
    ]
    let found = try read(spec(.yolov5), [([1, 4, 7], rows)])
    XCTAssertEqual(found.map(\.label), ["dog", "cat"])
    XCTAssertEqual(found[0].score, 0.81, accuracy: 1e-6)
    XCTAssertEqual(found[0].box, Box(x: 30, y: 35, width: 20, height: 10))
  }

  /// (images, 4 + classes, cells), the second of two images.
  func testYOLOv8ReadsColumns() throws {
    let cells = 8
    var values = [Float](repeating: 0, count: 2 * 6 * cells)
    for (row, value) in [32, 16, 8, 4, 0.1, 0.6].enumerated() { values[6 * cells + row * cells + 3] = Float(value) }
    let found = try read(spec(.yolov8), [([2, 6, cells], values)], count: 2, image: 1)
    XCTAssertEqual(found, [Detection(label: "dog", id: 1, score: 0.6, box: Box(x: 28, y: 14, width: 8, height: 4))])
    XCTAssertEqual(try read(spec(.yolov8), [([2, 6, cells], values)], count: 2, image: 0), [])
  }

  func testYOLOv8OfAnotherClassCountIsRefused() {
    let values = [Float](repeating: 0, count: 7 * 16)
    XCTAssertThrowsError(try read(spec(.yolov8), [([1, 7, 16], values)])) { error in
      XCTAssertEqual((error as? Failure)?.message, "the network gave 3 classes, the card has 2 labels")
    }
    // YOLOv5's axes.
    XCTAssertThrowsError(try read(spec(.yolov8), [([1, 16, 7], values)]))
  }

  func testDarknetBoxesArePartsOfTheSlot() throws {
    let first: [Float] = [0.5, 0.5, 0.25, 0.5, 0.9, 0.7, 0]
    let second: [Float] = [0.5, 0.5, 0.25, 0.5, 0.9, 0.8, 0, 0.1, 0.1, 0.1, 0.1, 0.9, 0, 0.5]
    let found = try read(spec(.darknet), [([1, 7], first), ([2, 7], second)])
    XCTAssertEqual(found.map(\.label), ["cat", "dog"])
    XCTAssertEqual(found[0].box, Box(x: 24, y: 16, width: 16, height: 32))
    XCTAssertEqual(found[0].score, 0.8)
  }

  func testSSDRowsBelongToTheirImage() throws {
    var head = spec(.ssd)
    head.firstClass = 1
    let rows: [Float] = [
      0, 1, 0.9, 0.25, 0.25, 0.5, 0.75,
      1, 2, 0.8, 0, 0, 0.5, 0.5,
      -1, 0, 0, 0, 0, 0, 0,
      1, 2, 0.9, 0, 0, 1, 1,
    ]
    let first = try read(head, [([1, 1, 4, 7], rows)], count: 2)
    XCTAssertEqual(first, [Detection(label: "cat", id: 0, score: 0.9, box: Box(x: 16, y: 16, width: 16, height: 32))])
    XCTAssertEqual(try read(head, [([1, 1, 4, 7], rows)], count: 2, image: 1).map(\.label), ["dog"])
    head.unlabelled = true
    XCTAssertEqual(try read(head, [([1, 1, 4, 7], rows)], count: 2, labels: [])[0].label, nil)
    head.firstClass = 2
    XCTAssertThrowsError(try read(head, [([1, 1, 4, 7], rows)], count: 2))
  }

  func testSSDClassesOutOfRangeAreUnexpected() throws {
    var head = spec(.ssd)
    func read(class id: Float, labels: [String] = ["cat", "dog"]) throws {
      _ = try self.read(head, [([1, 1, 1, 7], [0, id, 0.9, 0.25, 0.25, 0.5, 0.75])], labels: labels)
    }
    for first in [nil, 0, 1, Int.min, Int.max] {
      head.firstClass = first
      for id: Float in [1e30, -1e30, .nan, .infinity, 0.5, 7] {
        XCTAssertThrowsError(try read(class: id), "\(id) from \(first ?? 0)") {
          XCTAssertEqual(($0 as? Failure)?.code, .unexpectedOutput)
        }
      }
    }
    head.firstClass = .min
    XCTAssertThrowsError(try read(class: 1, labels: []))
  }

  func testCenterFace() throws {
    let cells = 256
    var (heat, scale, offset, marks) = (
      [Float](repeating: 0, count: cells), [Float](repeating: 0, count: 2 * cells),
      [Float](repeating: 0, count: 2 * cells), [Float](repeating: 0.5, count: 10 * cells)
    )
    let cell = 8 * 16 + 4
    heat[cell] = 0.9
    scale[cell] = Float.log(4)
    scale[cells + cell] = Float.log(2)
    offset[cell] = 0.5
    let found = try read(
      spec(.centerface),
      [([1, 1, 16, 16], heat), ([1, 2, 16, 16], scale), ([1, 2, 16, 16], offset), ([1, 10, 16, 16], marks)],
      labels: [])
    XCTAssertEqual(found.count, 1)
    let box = found[0].box
    XCTAssertEqual([box.x, box.y, box.width, box.height].map { ($0 * 100).rounded() / 100 }, [14, 28, 8, 16])
    XCTAssertEqual(found[0].landmarks.count, 5)
    XCTAssertEqual(found[0].landmarks[0].x, 18, accuracy: 1e-3)
    marks.removeLast()
    XCTAssertThrowsError(try read(spec(.centerface), [([1, 1, 16, 16], heat), ([1, 10, 16, 16], marks)], labels: []))
  }

  func testOnlyTheWantedLabels() throws {
    let rows: [Float] = [20, 20, 10, 10, 0.9, 0.9, 0.1, 40, 40, 20, 10, 0.9, 0.2, 0.9]
    let found = try read(
      spec(.yolov5), [([1, 2, 7], rows)], Thresholds(minConfidence: 0.3, iou: 0.45, labels: ["cat"]))
    XCTAssertEqual(found.map(\.label), ["cat"])
  }

  func testSomethingEverywhereEndsSoon() throws {
    let cells = 60_000
    var values = [Float](repeating: 0.9, count: 6 * cells)
    for cell in 0..<cells { values[cell] = Float(cell % 64) }
    XCTAssertLessThanOrEqual(try read(spec(.yolov8), [([1, 6, cells], values)]).count, 300)
  }
}

extension Float {
  fileprivate static func log(_ value: Float) -> Float { Float(Foundation.log(Double(value))) }
}
