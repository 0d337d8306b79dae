import COpenCV
import XCTest

@testable import Codecs
@testable import Recognition

/// Findings drawn on grey pictures.
final class FindingsRendererTests: XCTestCase {
  private func grey(_ width: Int, _ height: Int) -> PixelBuffer {
    let picture = PixelBuffer(size: PixelSize(width: width, height: height), order: .bgr)
    picture.bytes.update(repeating: 128)
    return picture
  }

  private func draw(_ findings: Findings, _ task: TaskKind, on picture: PixelBuffer) {
    FindingsRenderer(on: picture, image: picture.size).draw([Answer(task: task, model: "m", findings: findings)])
  }

  private func samples(_ picture: PixelBuffer, _ x: Int, _ y: Int) -> [UInt8] {
    (0..<3).map { picture.base[y * picture.stride + 3 * x + $0] }
  }

  private func changed(_ picture: PixelBuffer, _ rect: PixelRect) -> Int {
    (rect.y..<(rect.y + rect.height)).reduce(0) { count, y in
      count + (rect.x..<(rect.x + rect.width)).count { samples(picture, $0, y) != [128, 128, 128] }
    }
  }

  private func face(_ box: Box) -> Detection {
    let middle = Point(x: box.x + box.width / 2, y: box.y + box.height / 2)
    return Detection(score: 0.9, box: box, landmarks: Array(repeating: middle, count: 5))
  }

  /// The inside of a small face stays free; larger ones have landmarks that cover a small part.
  func testLandmarksDoNotCoverAFace() {
    for width in [10, 15, 16, 24, 30, 60, 100, 200] {
      let picture = grey(640, 480)
      draw(.detections([face(Box(x: 300, y: 200, width: Float(width), height: Float(width)))]), .faces, on: picture)
      let inside = PixelRect(x: 304, y: 204, width: width - 8, height: width - 8)
      let covered = changed(picture, inside)
      if width < 16 { XCTAssertEqual(covered, 0, "\(width)") } else { XCTAssertGreaterThan(covered, 0, "\(width)") }
      // Smoothing touches one pixel more.
      let radius = width / 25 + (width >= 75 ? 1 : 0)
      XCTAssertLessThanOrEqual(covered, (2 * radius + 1) * (2 * radius + 1), "\(width)")
    }
  }

  /// A mask of a rectangle: its inside is tinted by 0.35, its edge has the colour, outside nothing changes.
  func testAMaskHasAnEdgeAndATint() {
    for size in [PixelSize(width: 200, height: 100), PixelSize(width: 1200, height: 600)] {
      let picture = grey(size.width, size.height)
      let half = size.width / 2
      // From the middle to the right border, down the columns.
      let counts = [half * size.height, half * size.height]
      let segment = Segment(
        label: "salient", score: 1, box: Box(x: Float(half), y: 0, width: Float(half), height: Float(size.height)),
        area: counts[1], mask: RunLengthMask(size: size, counts: counts))
      let summit = MaskPainter(pixels: picture, line: 2)
        .paint(segment.mask, in: segment.box, CVColour(b: 228, g: 28, r: 128))
      XCTAssertEqual(summit, segment.box)
      let y = size.height - 1
      XCTAssertEqual(samples(picture, half - 1, y), [128, 128, 128])
      XCTAssertEqual(samples(picture, half, y), [228, 28, 128])
      XCTAssertEqual(samples(picture, half + 1, 0), [228, 28, 128])
      XCTAssertEqual(samples(picture, half + 2, 0), [163, 93, 128])
      // No edge along the picture's border.
      XCTAssertEqual(samples(picture, size.width - 1, y), [163, 93, 128])
    }
  }

  /// On a picture of another size than the mask, and for masks of single pixels.
  func testMasksOfOtherSizes() {
    var counts: [Int] = []
    for _ in 0..<50 { counts += [1, 1] }
    let mask = RunLengthMask(size: PixelSize(width: 10, height: 10), counts: counts)
    for (width, height) in [(10, 10), (35, 7), (3, 90), (1, 1)] {
      let picture = grey(width, height)
      MaskPainter(pixels: picture, line: 1).paint(
        mask, in: Box(x: 0, y: 0, width: 10, height: 10), CVColour(b: 0, g: 0, r: 255))
      let odd = (0..<height).flatMap { y in (0..<width).map { ($0 * 10 / width, y * 10 / height) } }.count {
        $0.1 % 2 == 1
      }
      XCTAssertEqual(changed(picture, PixelRect(x: 0, y: 0, width: width, height: height)), odd)
    }
  }

  /// The label of a line of text leaves the line and its neighbours free.
  func testTextStaysLegible() {
    let picture = grey(600, 200)
    let boxes = [Box(x: 0, y: 0, width: 200, height: 20), Box(x: 20, y: 60, width: 300, height: 20)]
    let lines = boxes.map { box in
      var line = Detection(text: "recognised text", score: 0.9, box: box, quad: box.corners)
      line.quad = box.corners
      return line
    }
    draw(.detections(lines), .text, on: picture)
    for box in boxes {
      XCTAssertEqual(
        changed(
          picture,
          PixelRect(x: Int(box.x) + 4, y: Int(box.y) + 4, width: Int(box.width) - 8, height: Int(box.height) - 8)), 0)
    }
    let ground = ClassPalette.colour(of: "text")
    let labels = (0..<200).reduce(0) { count, y in
      count + (0..<600).count { samples(picture, $0, y) == [ground.b, ground.g, ground.r] }
    }
    XCTAssertGreaterThan(labels, 2000)
  }

  /// A person's label has the distance of the match, as the record has it.
  func testANameStandsWithItsDistance() {
    var found = face(Box(x: 0, y: 0, width: 50, height: 50))
    func text() -> String {
      Mark(found, task: .faces, scale: (1, 1), label: PixelSize(width: 1, height: 1)).text
    }
    XCTAssertEqual(text(), "90%")
    for (distance, shown) in [(0.314, "0.31"), (0.05, "0.05"), (0, "0.00"), (-0.0001, "0.00"), (1.25, "1.25")] {
      found.identity = Identity(name: "Ana", distance: Float(distance))
      XCTAssertEqual(text(), "Ana \(shown)")
    }
    let other = Detection(label: "dog", score: 0.876, box: Box(x: 0, y: 0, width: 50, height: 50))
    XCTAssertEqual(Mark(other, task: .detect, scale: (1, 1), label: PixelSize(width: 1, height: 1)).text, "dog 88%")
  }

  /// Every kind, on pictures of all shapes.
  func testPicturesOfAllSizes() {
    let boxes = [Box(x: 0, y: 0, width: 3, height: 3), Box(x: -5, y: -5, width: 9999, height: 9999)]
    for (width, height) in [(1, 1), (64, 64), (3000, 20), (20, 3000)] {
      let picture = grey(width, height)
      let labels = [Label(label: "a class with a long name", id: 0, score: .nan), Label(label: "", id: 1, score: 0.5)]
      FindingsRenderer(on: picture, image: picture.size).draw([
        Answer(task: .classify, model: "m", findings: .labels(labels)),
        Answer(task: .faces, model: "m", findings: .detections(boxes.map(face))),
      ])
      XCTAssertGreaterThan(changed(picture, PixelRect(x: 0, y: 0, width: width, height: height)), 0)
    }
  }
}
