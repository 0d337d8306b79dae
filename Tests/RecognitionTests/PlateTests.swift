import XCTest

@testable import Recognition

/// Plates: where their corners are, what is written on them.
final class PlateTests: XCTestCase {
  private let input = InputSpec(
    width: 120, height: 48, resize: .init(rule: .stretch), channels: .bgr, mean: [0, 0, 0], scale: [1, 1, 1])

  /// A plate with known corners, clockwise from the upper left.
  private func plate(corners: [(x: Float, y: Float)]) -> Detection {
    Detection(
      score: 1, box: Box(x: 0, y: 0, width: 100, height: 20), landmarks: corners.map { Point(x: $0.x, y: $0.y) })
  }

  /// The input of a network that takes the plate on its side.
  private func upended(_ width: Int, _ height: Int) -> InputSpec {
    InputSpec(
      width: width, height: height, resize: .init(rule: .stretch), channels: .bgr, mean: [0, 0, 0], scale: [1, 1, 1])
  }

  /// A wide plate of 100 x 20 wants 170 x 68 around its middle.
  func testTheFirstLookIsLoose() throws {
    let plate = Detection(score: 1, box: Box(x: 200, y: 100, width: 100, height: 20))
    let crop = try XCTUnwrap(SecondStage.corners.crop(of: plate, input: input))
    XCTAssertEqual(crop.transform.slot, PixelSize(width: 120, height: 48))
    let origin = crop.toImage.apply(-0.5, -0.5)
    let end = crop.toImage.apply(119.5, 47.5)
    XCTAssertEqual([origin.x, origin.y, end.x, end.y].map { $0 + 0.5 }, [165, 76, 335, 144])
    XCTAssertNil(SecondStage.plate.crop(of: plate, input: input), "no corners yet")
  }

  func testTheSecondLookIsUprightAndItsCornersComeBack() throws {
    var plate = plate(corners: [(110, 100), (206, 110), (202, 140), (106, 130)])
    let crop = try XCTUnwrap(SecondStage.corners.crop(of: plate, input: input))
    // A parallelogram: (96, 36) to (288, 108) of 360 x 144 are its corners exactly.
    let coordinates: [Float] = [96, 36, 288, 36, 288, 108, 96, 108]
    let parts = coordinates.enumerated().map { $1 / ($0 % 2 == 0 ? 360 : 144) }
    let before = plate.landmarks
    try SecondStage.corners.apply(.embedding(parts), to: &plate, crop: crop)
    for (a, b) in zip(plate.landmarks, before) {
      XCTAssertEqual(a.x, b.x, accuracy: 0.6)
      XCTAssertEqual(a.y, b.y, accuracy: 0.6)
    }
    for absurd in [[1, 2], [1e30, 0, 0, 0, 0, 0, 0, 0]] as [[Float]] {
      XCTAssertThrowsError(try SecondStage.corners.apply(.embedding(absurd), to: &plate, crop: crop)) {
        XCTAssertEqual(($0 as? Failure)?.code, .unexpectedOutput)
      }
    }
    XCTAssertEqual(plate.landmarks.count, 4)
  }

  /// The recogniser's picture is 40 wide and 160 high: its rows run along the plate.
  func testThePlateLiesOnItsSide() throws {
    let plate = plate(corners: [(10, 20), (146, 20), (146, 56), (10, 56)])
    let crop = try XCTUnwrap(SecondStage.plate.crop(of: plate, input: upended(40, 160)))
    let start = crop.toImage.apply(-0.5, -0.5)
    let along = crop.toImage.apply(-0.5, 159.5)
    XCTAssertEqual(start.x, 9, accuracy: 1)
    XCTAssertEqual(along.x, 145, accuracy: 1)
    XCTAssertEqual(along.y, start.y, accuracy: 1e-6)
  }

  /// Corners on the first letter: 2 % of the width is added on either side, along the plate.
  func testAPlateIsReadAgainWithAMargin() throws {
    let plate = plate(corners: [(50, 40), (150, 60), (150, 100), (50, 80)])
    let input = upended(36, 136)
    let first = try XCTUnwrap(SecondStage.plate.crop(of: plate, input: input))
    func second(_ score: Float) -> Crop? {
      let reading = Findings.labels([Label(label: "A1", id: 0, score: score)])
      return SecondStage.plate.secondCrop(of: plate, after: reading, in: first, input: input, minimum: 0.7)
    }
    XCTAssertNil(second(0.69), "no plate")
    XCTAssertNil(second(0.99), "certain")
    let crop = try XCTUnwrap(second(0.9))
    let (start, end) = (crop.toImage.apply(0, 0), crop.toImage.apply(36, 136))
    let (narrow, far) = (first.toImage.apply(0, 0), first.toImage.apply(36, 136))
    XCTAssertEqual(start.x - narrow.x, -2, accuracy: 1e-3)
    XCTAssertEqual(start.y - narrow.y, -0.4, accuracy: 1e-3)
    XCTAssertEqual(end.x - far.x, 2, accuracy: 1e-3)
    XCTAssertEqual(end.y - far.y, 0.4, accuracy: 1e-3)
  }

  /// Two boxes of the detector that led to the same corners, and another plate beside.
  func testAPlateIsFoundOnce() {
    func read(_ x: Float, _ score: Float, _ text: String) -> Detection {
      var plate = plate(corners: [(x, 0), (x + 100, 0), (x + 100, 30), (x, 30)])
      (plate.score, plate.text) = (score, text)
      return plate
    }
    let kept = SecondStage.plate.finish(
      [read(0, 0.8, "A1"), read(4, 0.9, "A2"), read(200, 0.75, "B3"), read(201, 0.75, "B4")], minimum: 0.7)
    XCTAssertEqual(kept.map(\.text), ["A2", "B3"])
  }

  /// Two letters and the blank, six steps of which the first is left out.
  func testPlanesAreRead() throws {
    let steps: [[Float]] = [
      [0.9, 0, 0, 0.8, 0.1, 0.1],  // A
      [0, 0.7, 0.9, 0, 0.6, 0],  // B
      [0.1, 0.3, 0.1, 0.2, 0.3, 0.9],  // blank
    ]
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 18)
    defer { buffer.deallocate() }
    _ = buffer.initialize(from: steps.flatMap(\.self))
    var head = HeadSpec(kind: .ctcPlanes)
    head.skip = 1
    let outputs = { (shape: [Int]) in
      Outputs(count: 1, tensors: [Tensor(name: "prob", shape: shape, values: UnsafeBufferPointer(buffer))])
    }
    let transform = InputTransform.whole(PixelSize(width: 4, height: 4), order: .bgr)
    let found = try head.findings(
      in: outputs([1, 3, 6, 1]), image: 0, transform: transform, labels: ["A", "B"], thresholds: Thresholds())
    guard case .labels(let labels) = found else { return XCTFail("\(found)") }
    XCTAssertEqual(labels[0].label, "BAB")
    XCTAssertEqual(labels[0].score, (0.7 + 0.8 + 0.6) / 3, accuracy: 1e-6)
    XCTAssertThrowsError(
      try head.findings(
        in: outputs([1, 6, 3]), image: 0, transform: transform, labels: ["A", "B"], thresholds: Thresholds()))
  }

  func testWhatReadsNothingIsNoPlate() throws {
    var (sure, weak) = (
      Detection(score: 0.9, box: .init(x: 0, y: 0, width: 1, height: 1)),
      Detection(score: 0.9, box: .init(x: 0, y: 0, width: 1, height: 1))
    )
    try SecondStage.plate.apply(.labels([Label(label: "A1", id: 0, score: 0.8)]), to: &sure)
    try SecondStage.plate.apply(.labels([Label(label: "B2", id: 0, score: 0.4)]), to: &weak)
    let nothing = Detection(score: 0.9, box: .init(x: 0, y: 0, width: 1, height: 1))
    XCTAssertEqual(SecondStage.plate.finish([sure, weak, nothing], minimum: 0.7).map(\.text), ["A1"])
  }
}
