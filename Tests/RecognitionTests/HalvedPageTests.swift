import Testing

@testable import Recognition

/// Pages that are looked at with half their sides first, and lines that are read condensed first.
@Suite struct HalvedPageTests {
  /// A grey picture of 160x96 with dark strokes, two pixels wide with two between them, in one part.
  private func detail(_ strokes: PixelRect?, contrast: UInt8 = 120, noise: Int = 0) -> FineDetail {
    let size = PixelSize(width: 160, height: 96)
    var pixels = (0..<size.area).map { index in
      UInt8(200 + (index &* 2_654_435_761 >> 7) % (2 * noise + 1) - noise)
    }
    if let strokes {
      for y in strokes.y..<strokes.y + strokes.height {
        for x in strokes.x..<strokes.x + strokes.width where x % 4 < 2 { pixels[y * size.width + x] -= contrast }
      }
    }
    return pixels.withUnsafeBufferPointer {
      FineDetail(of: $0.baseAddress!, size: size, stride: size.width, samples: 1, channel: 0)
    }
  }

  private let all = PixelRect(x: 0, y: 0, width: 160, height: 96)

  @Test func smallLettersAreFineDetailWhereTheyAre() {
    let word = detail(PixelRect(x: 40, y: 34, width: 50, height: 9))
    #expect(word.isIn(all))
    #expect(word.isIn(PixelRect(x: 48, y: 32, width: 32, height: 16)))
    #expect(!word.isIn(PixelRect(x: 0, y: 0, width: 160, height: 32)))
    #expect(!word.isIn(PixelRect(x: 96, y: 0, width: 64, height: 96)))
  }

  @Test func noiseSpecksAndFaintStrokesAreNot() {
    #expect(!detail(nil, noise: 18).isIn(all))
    #expect(!detail(PixelRect(x: 40, y: 34, width: 10, height: 9)).isIn(all))
    #expect(!detail(PixelRect(x: 40, y: 34, width: 50, height: 9), contrast: 30).isIn(all))
  }

  @Test func whatLiesInALineIsNoLongerFineDetail() {
    var found = detail(PixelRect(x: 40, y: 34, width: 50, height: 9))
    var tilted = found
    found.remove([Point(x: 36, y: 30), Point(x: 94, y: 30), Point(x: 94, y: 46), Point(x: 36, y: 46)])
    #expect(!found.isIn(all))
    // A tilted line beside it, whose upright box holds the word, leaves it.
    tilted.remove([Point(x: 20, y: 60), Point(x: 120, y: 88), Point(x: 118, y: 95), Point(x: 18, y: 67)])
    #expect(tilted.isIn(all))
  }

  @Test func picturesSmallerThanATileHaveNone() {
    let pixels = [UInt8](repeating: 7, count: 15 * 40 * 3)
    var detail = pixels.withUnsafeBufferPointer {
      FineDetail(
        of: $0.baseAddress!, size: PixelSize(width: 15, height: 40), stride: 45, samples: 3, channel: 1)
    }
    detail.remove([Point(x: 0, y: 0), Point(x: 9, y: 0), Point(x: 9, y: 9), Point(x: 0, y: 9)])
    #expect(!detail.isIn(PixelRect(x: -16, y: -16, width: 200, height: 200)))
  }

  /// A line on the map of the smaller copy is the line of the page, at its place.
  @Test(arguments: [PixelSize(width: 1240, height: 1754), PixelSize(width: 981, height: 737)])
  func aMapIsEnlargedInPlace(_ page: PixelSize) throws {
    let half = PixelSize(width: (page.width + 1) / 2, height: (page.height + 1) / 2)
    let (pieces, small) = (PagePieces(page: page, margin: 16), PagePieces(page: half, margin: 16))
    let map = TextMap(size: small.canvas)
    for index in 0..<small.count {
      let piece = small.piece(index)
      let values = (0..<piece.size.area).map { pixel -> Float in
        let x = piece.x + pixel % piece.width - small.offset.x
        let y = piece.y + pixel / piece.width - small.offset.y
        return (100..<300).contains(x) && (200..<212).contains(y) ? 0.9 : 0
      }
      try values.withUnsafeBufferPointer { (values) throws in
        let tensor = Tensor(name: "map", shape: [1, 1, piece.height, piece.width], values: values)
        try map.set(Outputs(count: 1, tensors: [tensor]), piece: piece, core: small.core(index))
      }
    }
    let whole = TextMap(size: pieces.canvas)
    whole.enlarge(map, page: page, at: pieces.offset, from: half, at: small.offset)
    let lines = try whole.lines(
      transform: InputTransform(
        image: page, resized: page, window: PixelRect(x: 0, y: 0, width: page.width, height: page.height),
        slot: pieces.canvas, offset: pieces.offset, order: .bgr), minScore: 0.5)
    let box = try #require(lines.first).box
    #expect(lines.count == 1)
    // The middle of the line, which is widened on all sides by the same length.
    #expect(abs(box.x + box.width / 2 - 400) < 3)
    #expect(abs(box.y + box.height / 2 - 412) < 3)
    #expect(box.width > 400 && box.height > 24 && box.height < 80)
  }

  @Test func longLinesAreCondensedAndShortOnesAreNot() throws {
    var input = InputSpec(
      width: 160, height: 48, resize: .init(rule: .line, side: 3200, pad: 128, multiple: 32), channels: .bgr,
      mean: [0, 0, 0], scale: [1, 1, 1])
    #expect(input.uncondensed == nil)
    input.resize.condensed = 0.75
    func width(_ input: InputSpec, _ width: Int) -> Int {
      input.transform(of: PixelSize(width: width, height: 48)).resized.width
    }
    let full = try #require(input.uncondensed)
    for length in [1, 100, 320] { #expect(width(input, length) == length) }
    for length in [100, 240, 1200] { #expect(width(full, length) == length) }
    #expect(width(input, 400) == 320)
    #expect(width(input, 1200) == 900)
    #expect(width(input, 9000) == 3200)
    // The width never falls while the line grows.
    let widths = (1...2000).map { width(input, $0) }
    #expect(zip(widths, widths.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test func uncertainReadingsAreRepeated() {
    func reading(_ score: Float) -> Findings { .labels([Label(label: "12", id: 0, score: score)]) }
    #expect(SecondStage.read.shouldRetryUncondensed(reading(0.96)))
    #expect(SecondStage.read.shouldRetryUncondensed(.labels([])))
    #expect(!SecondStage.read.shouldRetryUncondensed(reading(0.98)))
    #expect(SecondStage.read.moreCertain(reading(0.9), reading(0.96)) == reading(0.96))
    #expect(SecondStage.read.moreCertain(reading(0.9), .labels([])) == reading(0.9))
    #expect(!SecondStage.direction.shouldRetryUncondensed(reading(0.5)))
  }
}
