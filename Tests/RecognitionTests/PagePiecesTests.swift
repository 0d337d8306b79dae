import Testing

@testable import Recognition

/// Pages in pieces, and the lines on them.
@Suite struct PagePiecesTests {
  /// Sizes of a small word, a receipt, a scan, a wide photo, a long screenshot and a narrow strip.
  private static let sizes = [
    PixelSize(width: 60, height: 20), PixelSize(width: 620, height: 1400), PixelSize(width: 1240, height: 1754),
    PixelSize(width: 2121, height: 1414), PixelSize(width: 1080, height: 30000), PixelSize(width: 9000, height: 50),
    PixelSize(width: 3508, height: 4961),
  ]

  @Test(arguments: sizes) func coresCoverTheCanvasOnce(_ page: PixelSize) {
    let pieces = PagePieces(page: page, margin: 16)
    var covered = 0
    for index in 0..<pieces.count {
      let (piece, core) = (pieces.piece(index), pieces.core(index))
      covered += core.size.area
      #expect(core.x >= piece.x && core.x + core.width <= piece.x + piece.width)
      #expect(core.y >= piece.y && core.y + core.height <= piece.y + piece.height)
      #expect(piece.size == pieces.shape)
    }
    #expect(covered == pieces.canvas.area)
    #expect(pieces.shape.area <= PagePieces.maxArea)
    #expect(pieces.shape.width % 64 == 0 && pieces.shape.height % 64 == 0)
    #expect(pieces.offset.x >= 16 && pieces.offset.y >= 16)
    #expect(pieces.offset.x + page.width + 16 <= pieces.canvas.width)
    #expect(pieces.offset.y + page.height + 16 <= pieces.canvas.height)
  }

  @Test func manySizesHaveFewShapes() {
    var shapes: Set<PixelSize> = []
    for width in stride(from: 736, through: 1440, by: 7) {
      for height in stride(from: 736, through: 3000, by: 31) {
        shapes.insert(PagePieces(page: PixelSize(width: width, height: height), margin: 16).shape)
      }
    }
    #expect(shapes.count < 150)
  }

  @Test func pagesAreNeitherEnlargedWithoutEndNorReducedBelowHalf() {
    let input = InputSpec(
      width: 736, height: 736, resize: .init(rule: .page, side: 1440, least: 736), channels: .bgr, mean: [0, 0, 0],
      scale: [1, 1, 1])
    func page(_ width: Int, _ height: Int) -> PixelSize {
      input.transform(of: PixelSize(width: width, height: height)).slot
    }
    #expect(page(60, 20) == PixelSize(width: 180, height: 60))
    #expect(page(640, 480) == PixelSize(width: 981, height: 736))
    #expect(page(1240, 1754) == PixelSize(width: 1240, height: 1754))
    #expect(page(1080, 30000) == PixelSize(width: 1080, height: 30000))
    #expect(page(2480, 3508) == PixelSize(width: 1440, height: 2036))
    #expect(page(4960, 7016) == PixelSize(width: 2480, height: 3508))
    #expect(page(12000, 12000).area <= 1 << 25)
  }

  private func line(_ x: Float, _ y: Float, _ width: Float, _ height: Float = 20) -> Detection {
    Detection(
      score: 1, box: Box(x: x, y: y, width: width, height: height),
      quad: [
        Point(x: x, y: y), Point(x: x + width, y: y), Point(x: x + width, y: y + height), Point(x: x, y: y + height),
      ])
  }

  @Test func columnsAreReadOneAfterTheOther() {
    let heading = line(100, 0, 800)
    let left = (0..<5).map { line(100, 50 + 30 * Float($0), 380) }
    let right = (0..<5).map { line(520, 52 + 30 * Float($0), 380) }
    let foot = line(100, 250, 800)
    #expect(
      TextLines.inReadingOrder((left + right + [foot, heading]).shuffled()) == [heading] + left + right + [foot])
  }

  @Test func aReceiptIsReadRowByRow() {
    let rows = (0..<6).map { [line(10, 30 * Float($0), 200), line(500, 30 * Float($0) + 2, 60)] }
    let sorted = TextLines.inReadingOrder(rows.flatMap(\.self).shuffled())
    #expect(sorted == rows.flatMap(\.self))
    #expect(TextLines.rows(sorted) == rows)
  }

  @Test func spinesOfBooksAreRowsOfTheirOwn() {
    let spines = [line(10, 10, 40, 400), line(80, 12, 40, 380)]
    #expect(TextLines.rows(spines).count == 2)
  }

  @Test func aLargeWordReplacesItsParts() {
    let word = line(0, 0, 1000, 300)
    let small = line(0, 400, 300, 30)
    let parts = [line(10, 10, 600, 280), line(550, 10, 440, 280)]
    #expect(TextLines.merge(large: [word], into: parts + [small]) == [small, word])
    // Two lines that a reduced copy shows as one.
    let lines = [line(0, 0, 900, 120), line(0, 150, 950, 120)]
    #expect(TextLines.merge(large: [word], into: lines) == lines)
  }

  /// The blurred background of a photo, on one scale a large letter and on the other none.
  @Test func largeLinesAreConfirmedByAReducedCopy() {
    let (doubtful, word, small) = (line(0, 0, 300, 200), line(400, 0, 500, 200), line(0, 300, 200, 30))
    let lines = [doubtful, word, small].map { line in
      var line = line
      line.score = 0.7
      return line
    }
    var sure = doubtful
    sure.score = 0.85
    let reduced = [line(390, 10, 520, 180)]
    #expect(
      TextLines.confirmed(lines + [sure], by: reduced, from: 120, orScore: 0.8) == [lines[1], lines[2], sure])
  }

  /// "Fresh" in 468x156 pixels, the middle of which several pieces of the page share.
  @Test func aLargeWordReplacesItsUpperAndLowerHalves() {
    let word = line(5, 3, 458, 150)
    let parts = [line(8, 0, 258, 110), line(205, 0, 262, 108), line(0, 56, 256, 99), line(210, 54, 257, 101)]
    #expect(TextLines.merge(large: [word], into: parts) == [word])
  }
}
