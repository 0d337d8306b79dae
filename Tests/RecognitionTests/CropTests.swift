import Foundation
import XCTest

@testable import Recognition

final class CropTests: XCTestCase {
  /// The eyes of a face that is as OpenFace wants it stay where they are.
  func testOpenFacesAlignment() throws {
    let input = InputSpec(
      width: 96, height: 96, resize: .init(rule: .stretch), channels: .rgb, mean: [0, 0, 0], scale: [1, 1, 1])
    var face = Detection(score: 1, box: Box(x: 0, y: 0, width: 96, height: 96))
    XCTAssertNil(SecondStage.identifyOpenFace.crop(of: face, input: input))
    face.landmarks = [
      (26.6276, 16.0593), (67.7903, 15.2640), (47.2410, 40.5223), (29.4826, 61.6176), (66.7597, 60.8777),
    ]
    .map { Point(x: 2 * $0.0 + 100, y: 2 * $0.1 + 50) }
    let crop = try XCTUnwrap(SecondStage.identifyOpenFace.crop(of: face, input: input))
    let eye = crop.toImage.apply(26.6276, 16.0593)
    XCTAssertEqual(eye.x, 153.255, accuracy: 0.01)
    XCTAssertEqual(eye.y, 82.119, accuracy: 0.01)
  }

  func testFacesAreCutLooselyForAgeAndGender() throws {
    let input = InputSpec(
      width: 227, height: 227, resize: .init(rule: .stretch), channels: .bgr, mean: [0, 0, 0], scale: [1, 1, 1])
    let face = Detection(score: 1, box: Box(x: 50, y: 60, width: 100, height: 200))
    let crop = try XCTUnwrap(SecondStage.age.crop(of: face, input: input))
    let (start, end) = (crop.toImage.apply(-0.5, -0.5), crop.toImage.apply(226.5, 226.5))
    XCTAssertEqual([start.x, start.y, end.x, end.y].map { ($0 + 0.5).rounded() }, [40, 40, 160, 280])
    var classified = face
    try SecondStage.gender.apply(.labels([Label(label: "male", id: 0, score: 0.9)]), to: &classified)
    XCTAssertEqual(classified.gender?.label, "male")
  }

  func testARectangleGoesToItsQuad() throws {
    let quad = [Point(x: 10, y: 20), Point(x: 50, y: 30), Point(x: 60, y: 80), Point(x: 5, y: 70)]
    let map = try XCTUnwrap(Homography(rectangle: 40, 20, to: quad))
    for (corner, point) in zip([(0.0, 0.0), (40, 0), (40, 20), (0, 20)], quad) {
      let there = map.apply(corner.0, corner.1)
      XCTAssertEqual(there.x, Double(point.x), accuracy: 1e-9)
      XCTAssertEqual(there.y, Double(point.y), accuracy: 1e-9)
    }
    XCTAssertNil(Homography(rectangle: 4, 2, to: [Point](repeating: Point(x: 1, y: 1), count: 4)))
  }

  /// A face turned by 30 degrees, enlarged and moved: the landmarks come back to where they should be.
  func testFacesAreAligned() throws {
    let targets = [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]
    let (c, s) = (2.5 * cos(0.5), 2.5 * sin(0.5))
    let landmarks = targets.map { point in
      Point(x: Float(c * point.0 - s * point.1 + 300), y: Float(s * point.0 + c * point.1 + 40))
    }
    let face = Detection(score: 1, box: Box(x: 0, y: 0, width: 1, height: 1), landmarks: landmarks)
    let input = InputSpec(
      width: 112, height: 112, resize: .init(rule: .stretch), channels: .rgb, mean: [0, 0, 0], scale: [1, 1, 1])
    let crop = try XCTUnwrap(SecondStage.identify.crop(of: face, input: input))
    XCTAssertEqual(crop.transform.slot, PixelSize(width: 112, height: 112))
    XCTAssertEqual(crop.reduction, 2.5, accuracy: 1e-4)
    for (target, landmark) in zip(targets, landmarks) {
      let there = crop.toImage.apply(target.0, target.1)
      XCTAssertEqual(there.x, Double(landmark.x), accuracy: 1e-2)
      XCTAssertEqual(there.y, Double(landmark.y), accuracy: 1e-2)
    }
    var blind = face
    blind.landmarks = []
    XCTAssertNil(SecondStage.identify.crop(of: blind, input: input))
  }

  private let line = InputSpec(
    width: 320, height: 48, resize: .init(rule: .line, side: 3200, pad: 128, multiple: 32), channels: .bgr,
    mean: [0, 0, 0], scale: [1, 1, 1])

  func testLinesKeepTheirAspectAndArePadded() throws {
    let quad = [Point(x: 0, y: 0), Point(x: 200, y: 0), Point(x: 200, y: 24), Point(x: 0, y: 24)]
    let text = Detection(score: 1, box: Box(x: 0, y: 0, width: 200, height: 24), quad: quad)
    let crop = try XCTUnwrap(SecondStage.read.crop(of: text, input: line))
    XCTAssertEqual(crop.transform.resized, PixelSize(width: 400, height: 48))
    XCTAssertEqual(crop.transform.slot, PixelSize(width: 416, height: 48))
    let first = crop.toImage.apply(0, 0)
    XCTAssertEqual(first.x, -0.25, accuracy: 1e-9)
    // Short ones are padded to the network's least width.
    XCTAssertEqual(line.transform(of: PixelSize(width: 30, height: 20)).slot, PixelSize(width: 320, height: 48))
  }

  func testLinesOfAllLengthsHaveFewWidths() {
    var coarse = line
    coarse.width = 160
    coarse.resize.coarse = true
    let widths = Set((1...2048).map { coarse.transform(of: PixelSize(width: $0, height: 48)).slot.width })
    XCTAssertEqual(
      widths.sorted(),
      [160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1280, 1536, 1792, 2048])
  }

  func testLinesThatStandAreReadFromBelow() throws {
    let quad = [Point(x: 0, y: 0), Point(x: 20, y: 0), Point(x: 20, y: 100), Point(x: 0, y: 100)]
    let text = Detection(score: 1, box: Box(x: 0, y: 0, width: 20, height: 100), quad: quad)
    let crop = try XCTUnwrap(SecondStage.read.crop(of: text, input: line))
    XCTAssertEqual(crop.transform.resized, PixelSize(width: 240, height: 48))
    let end = crop.toImage.apply(239.5, -0.5)
    XCTAssertGreaterThan(end.x, 15)
    XCTAssertGreaterThan(end.y, 95)
  }

  func testLinesOnTheirHeadsAreTurned() throws {
    let quad = [Point(x: 0, y: 0), Point(x: 9, y: 0), Point(x: 9, y: 3), Point(x: 0, y: 3)]
    var text = Detection(score: 1, box: Box(x: 0, y: 0, width: 9, height: 3), quad: quad)
    try SecondStage.direction.apply(.labels([Label(label: "180", id: 1, score: 0.8)]), to: &text)
    XCTAssertEqual(text.quad, quad)
    try SecondStage.direction.apply(.labels([Label(label: "180", id: 1, score: 0.95)]), to: &text)
    XCTAssertEqual(text.quad, [quad[2], quad[3], quad[0], quad[1]])
  }

  func testASampleOfLinesShowsWhichWayUpAPageIs() {
    let lines = (0..<12).map { index in
      // The fourth is the longest of the first five, the last but one of the last two; the eighth stands upright.
      let (width, height): (Float, Float) = index == 7 ? (10, 50) : ([3, 10].contains(index) ? 90 : 40, 10)
      let box = Box(x: 0, y: 60 * Float(index), width: width, height: height)
      let quad = [(0, 0), (width, 0), (width, height), (0, height)].map { Point(x: $0, y: box.y + $1) }
      return Detection(score: 1, box: box, quad: quad)
    }
    XCTAssertEqual(SecondStage.direction.sample(of: lines), [3, 7, 10])
    XCTAssertNil(SecondStage.direction.sample(of: Array(lines.prefix(10))))
    XCTAssertNil(SecondStage.read.sample(of: lines))
  }

  func testLinesAreUpsideDownWhereMostOthersAre() {
    let lines = (0..<9).map { index in
      let (width, height): (Float, Float) = index == 8 ? (10, 50) : (40, 10)
      let quad = [(0, 0), (width, 0), (width, height), (0, height)].map { Point(x: $0, y: $1) }
      return Detection(score: 1, box: Box(x: 0, y: 0, width: width, height: height), quad: quad)
    }
    let direction = SecondStage.direction
    // Two show nothing; the line that stands upright says nothing about the others, nor they about it.
    let found = [0: true, 1: true, 2: true, 3: true, 4: true, 5: false, 8: false]
    XCTAssertEqual(direction.alsoUpsideDown(found, among: lines), [5, 6, 7])
    XCTAssertEqual(direction.alsoUpsideDown(found.merging([6: false]) { $1 }, among: lines), [])
    XCTAssertEqual(direction.alsoUpsideDown([0: true, 1: true, 2: true, 3: true, 8: true], among: lines), [])
    XCTAssertEqual(SecondStage.read.alsoUpsideDown(found, among: lines), [])
    XCTAssertEqual(direction.isUpsideDown(.labels([Label(label: "0", id: 0, score: 0.95)])), false)
    XCTAssertNil(direction.isUpsideDown(.labels([Label(label: "180", id: 1, score: 0.8)])))
  }

  func testSnapEnlargesSmallPictures() {
    let input = InputSpec(
      width: 736, height: 736, resize: .init(rule: .snap, side: 2000, multiple: 32, least: 736), channels: .bgr,
      mean: [0, 0, 0], scale: [1, 1, 1])
    XCTAssertEqual(input.transform(of: PixelSize(width: 384, height: 191)).slot, PixelSize(width: 1472, height: 736))
    XCTAssertEqual(input.transform(of: PixelSize(width: 1000, height: 800)).slot, PixelSize(width: 992, height: 800))
    XCTAssertEqual(input.transform(of: PixelSize(width: 6000, height: 4000)).slot, PixelSize(width: 1984, height: 1344))
  }

  private func findings(
    _ kind: HeadSpec.Kind, _ shape: [Int], _ values: [Float], transform: InputTransform, labels: [String] = []
  )
    throws -> Findings
  {
    try values.withUnsafeBufferPointer { buffer in
      try HeadSpec(kind: kind).findings(
        in: Outputs(count: 1, tensors: [Tensor(name: "x", shape: shape, values: buffer)]), image: 0,
        transform: transform,
        labels: labels, thresholds: Thresholds(minConfidence: 0.5))
    }
  }

  func testTheLargestOfManyIsTheFirstOfThese() {
    for count in [1, 15, 16, 17, 31, 100] {
      for best in 0..<count {
        var values = [Float](repeating: -2, count: count)
        for index in best..<count where (index - best) % 5 == 0 { values[index] = -1 }
        XCTAssertEqual(values.withUnsafeBufferPointer(CTCHead.indexOfLargest), best, "of \(count)")
      }
    }
  }

  func testTheExponentialIsThatOfTheCLibrary() {
    for x in stride(from: Float(0), to: -86, by: -0.0173) {
      let found = CTCHead.exponential(SIMD16(repeating: x))[5]
      XCTAssertEqual(found / expf(x), 1, accuracy: 4e-7, "e to the power of \(x)")
    }
    XCTAssertEqual(CTCHead.exponential(SIMD16(repeating: -1e30))[0], 0, accuracy: 1e-37)
  }

  func testCTCOfLogitsGivesTheirProbabilities() throws {
    // 37 classes, of which the text takes two; steps a, blank, b.
    let characters = (0..<36).map { $0 == 4 ? "a" : $0 == 20 ? "b" : "?" }
    let rows = [5, 0, 21].map { best in (0..<37).map { $0 == best ? Float(3) : Float($0 % 7) / 5 - 4 } }
    let found = try findings(
      .ctcLogits, [1, 3, 37], rows.flatMap { $0 }, transform: .whole(PixelSize(width: 1, height: 1), order: .bgr),
      labels: characters)
    guard case .labels(let labels) = found else { return XCTFail("a text was expected") }
    XCTAssertEqual(labels.map(\.label), ["ab"])
    let expected = [rows[0], rows[2]].map { row in exp(3) / row.reduce(0.0) { $0 + exp(Double($1)) } }
    XCTAssertEqual(Double(labels[0].score), (expected[0] + expected[1]) / 2, accuracy: 1e-6)
  }

  func testCTCLeavesOutBlanksAndRepetitions() throws {
    // blank a b space; the steps say a a blank a space b.
    let steps: [Int] = [1, 1, 0, 1, 3, 2]
    let values = steps.flatMap { best in (0..<4).map { $0 == best ? Float(0.7) : 0.1 } }
    let found = try findings(
      .ctc, [1, 6, 4], values, transform: .whole(PixelSize(width: 1, height: 1), order: .bgr), labels: ["a", "b"])
    guard case .labels(let labels) = found else { return XCTFail("a text was expected") }
    XCTAssertEqual(labels.map(\.label), ["aa b"])
    XCTAssertEqual(labels[0].score, 0.7, accuracy: 1e-6)
    XCTAssertThrowsError(
      try findings(
        .ctc, [1, 6, 4], values, transform: .whole(PixelSize(width: 1, height: 1), order: .bgr), labels: ["a"]))
  }

  /// A bar of 40 x 8 pixels in a map of 64 x 64; its rectangle grows by area * 1.6 / perimeter.
  func testTextMap() throws {
    var values = [Float](repeating: 0, count: 64 * 64)
    for y in 20..<28 { for x in 10..<50 { values[y * 64 + x] = 0.9 } }
    let found = try findings(
      .textmap, [1, 1, 64, 64], values, transform: .whole(PixelSize(width: 64, height: 64), order: .bgr))
    guard case .detections(let lines) = found, let line = lines.first else { return XCTFail("a line was expected") }
    XCTAssertEqual(lines.count, 1)
    // 40 x 8 between pixel centres after growing by one; 320 * 1.6 / 96 = 5.3 on each side.
    XCTAssertEqual(line.quad, [Point(x: 5, y: 15), Point(x: 55, y: 15), Point(x: 55, y: 33), Point(x: 5, y: 33)])
  }

  func testRectangleOfLeastArea() throws {
    let (c, s) = (Float(cos(0.4)), Float(sin(0.4)))
    var points: [Point] = []
    for u in stride(from: Float(0), through: 30, by: 1) {
      for v in stride(from: Float(0), through: 6, by: 1) {
        points.append(Point(x: u * c - v * s + 40, y: u * s + v * c + 20))
      }
    }
    let rectangle = try XCTUnwrap(Rectangle(around: points))
    XCTAssertEqual(max(rectangle.width, rectangle.height), 30, accuracy: 1e-3)
    XCTAssertEqual(min(rectangle.width, rectangle.height), 6, accuracy: 1e-3)
  }

  func testGallery() {
    var gallery = FaceGallery(model: "m@0")
    gallery.enroll("Ada", [1, 0])
    gallery.enroll("Bob", [0, 1])
    gallery.enroll("Ada", [0.8, 0.6])
    XCTAssertEqual(gallery.people.map(\.vectors.count), [2, 1])
    XCTAssertFalse(gallery.enroll("Ada", [0.80001, 0.6]), "the face of a picture that was enrolled before")
    XCTAssertTrue(gallery.enroll("Bob", [0.8, 0.6]), "another person")
    XCTAssertEqual(gallery.people.map(\.vectors.count), [2, 2])
    XCTAssertEqual(
      FaceGallery.means([[1, 0], [0, 1], [0, 1]], [0, 1, 0]),
      [[Float(0.5).squareRoot(), Float(0.5).squareRoot()], [0, 1]])
    XCTAssertEqual(gallery.nearest(to: [0.6, 0.8], maxDistance: 0.5)?.name, "Ada")
    XCTAssertNil(gallery.nearest(to: [-1, 0], maxDistance: 0.5))
    XCTAssertNil(gallery.nearest(to: [1, 0, 0], maxDistance: 0.5))
    XCTAssertTrue(gallery.forget("Ada"))
    XCTAssertFalse(gallery.forget("Ada"))
    XCTAssertEqual(FaceGallery.clusters([[1, 0], [0, 1], [0.8, 0.6], [0, 1]], maxDistance: 0.3), [0, 1, 0, 1])
  }
}
