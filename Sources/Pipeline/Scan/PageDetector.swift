import CPixels
import Recognition

/// Finds the lines of a page: on a copy with half its sides if the card says so, in pieces at its own scale where that
/// does not suffice, and large words on a copy that is smaller still.
struct PageDetector {
  /// Least margin around a page, and around the reduced copy, in pixels of each.
  private static let margin = 16
  private static let overviewMargin = 64
  /// Short sides of the reduced copy, the first of them that leaves it in one piece, else the first: of 400 drawn words
  /// that fill their picture it finds all. Words in several pieces are seen in parts.
  private static let overviewSides = [128, 112, 96, 80, 64]
  /// Short side of a page that is not looked at again: its words are no larger than the network finds.
  private static let largestSingle = 352
  /// Part of the short side from which a line is large: it may be the part of a word.
  private static let largeShare: Float = 0.12
  /// Pixels of the page up to which a line is not large.
  private static let largestUsual: Float = 120
  /// Pixels of the image's short side that a letter needs. A picture of a million pixels by one has 1,500 pieces.
  private static let lowestLetter = 5
  /// Mean probability of text from which a large line counts that the reduced copy does not show: 15 of 63 such lines on
  /// photos without text have it, 41 of 109 on photos with a drawn word.
  private static let certain: Float = 0.8
  /// Number of lines up to which a page is looked at again: a word that is higher than the pieces leaves as many parts.
  private static let fewLines = 12

  /// Height of a line on the page, in pixels, below which the copy with half the sides does not suffice. Of drawn pieces
  /// of lines it shows all 207 with letters of 14 pixels, 287 of 289 with those of 12, in rectangles of 20, and 60 of 401
  /// with those of 10.
  private static let smallLine: Float = 20

  let network: NetworkWorker
  /// Whether the run is stopped: the lines are then of no use, since nothing will read them.
  let isStopped: () -> Bool

  /// The lines on an upright image that `transform` has put into `page`, in reading order.
  func lines(on page: PixelBuffer, transform: InputTransform) throws(Failure) -> [Detection] {
    guard min(transform.image.width, transform.image.height) >= Self.lowestLetter else { return [] }
    let ground = Ground(of: page)
    let short = min(page.size.width, page.size.height)
    let isHalved = network.model.card.input.resize.halved == true && short >= 2 * Self.largestSingle
    var lines = try pass(page, transform, margin: Self.margin, ground, isHalved: isHalved)
    let isLarge = short > Self.largestSingle || PagePieces(page: page.size, margin: Self.margin).count > 1
    guard isLarge, short > Self.overviewSides[0] else {
      return TextLines.inReadingOrder(lines)
    }
    let scale = Float(transform.image.width) / Float(page.size.width)
    let large = scale * max(Self.largestUsual, Self.largeShare * Float(short))
    guard lines.count <= Self.fewLines || lines.contains(where: { TextLines.height($0) >= large }) else {
      return TextLines.inReadingOrder(lines)
    }
    let scales = Self.overviewSides.map { Double($0) / Double(short) }
    let whole = scales.first { PagePieces(page: page.size.scaled(by: $0), margin: Self.overviewMargin).count == 1 }
    let reduced = try page.reduced(by: whole ?? scales[0])
    let overview = InputTransform(
      image: transform.image, resized: reduced.size,
      window: PixelRect(x: 0, y: 0, width: reduced.size.width, height: reduced.size.height), slot: reduced.size,
      order: page.order)
    let found = try pass(reduced, overview, margin: Self.overviewMargin, ground)
    let confirmed = TextLines.confirmed(lines, by: found, from: large, orScore: Self.certain)
    lines = TextLines.merge(large: found.filter { TextLines.height($0) >= large }, into: confirmed)
    return TextLines.inReadingOrder(lines)
  }

  /// One pass over a page, piece by piece.
  private func pass(
    _ page: PixelBuffer, _ transform: InputTransform, margin: Int, _ ground: Ground, isHalved: Bool = false
  ) throws(Failure) -> [Detection] {
    let pieces = PagePieces(page: page.size, margin: margin)
    let canvas = InputTransform(
      image: transform.image, resized: transform.resized, window: transform.window, slot: pieces.canvas,
      offset: pieces.offset, order: page.order)
    let map = TextMap(size: pieces.canvas)
    let minScore = network.thresholds.minConfidence
    guard isHalved else {
      try fill(map, with: pieces, Array(0..<pieces.count), of: page, ground)
      return try map.lines(transform: canvas, minScore: minScore)
    }
    let half = try page.reduced(by: 0.5)
    let halfPieces = PagePieces(page: half.size, margin: margin)
    let halfMap = TextMap(size: halfPieces.canvas)
    try fill(halfMap, with: halfPieces, Array(0..<halfPieces.count), of: half, ground)
    map.enlarge(halfMap, page: page.size, at: pieces.offset, from: half.size, at: halfPieces.offset)
    let lines = try map.lines(transform: canvas, minScore: minScore)
    let unclear = Self.unclear(pieces, of: page, lines, scale: Float(page.size.width) / Float(transform.image.width))
    guard !unclear.isEmpty else { return lines }
    try fill(map, with: pieces, unclear, of: page, ground)
    return try map.lines(transform: canvas, minScore: minScore)
  }

  /// The pieces with lines too low for half the scale, or with fine detail outside of lines; `scale`: of the page.
  private static func unclear(_ pieces: PagePieces, of page: PixelBuffer, _ lines: [Detection], scale: Float) -> [Int] {
    let samples = page.order.count
    // Of three samples the middle one, green.
    var detail = FineDetail(
      of: page.base, size: page.size, stride: page.stride, samples: samples, channel: samples / 2)
    var low: [Box] = []
    for line in lines {
      guard TextLines.height(line) * scale >= smallLine else {
        let box = line.box
        low.append(Box(x: box.x * scale, y: box.y * scale, width: box.width * scale, height: box.height * scale))
        continue
      }
      detail.remove(line.quad.map { Point(x: $0.x * scale, y: $0.y * scale) })
    }
    return (0..<pieces.count).filter { index in
      let core = pieces.core(index)
      let part = PixelRect(
        x: core.x - pieces.offset.x, y: core.y - pieces.offset.y, width: core.width, height: core.height)
      return detail.isIn(part)
        || low.contains {
          $0.x < Float(part.x + part.width) && $0.x + $0.width > Float(part.x) && $0.y < Float(part.y + part.height)
            && $0.y + $0.height > Float(part.y)
        }
    }
  }

  /// Runs the network on pieces of a page.
  private func fill(
    _ map: TextMap, with pieces: PagePieces, _ chosen: [Int], of page: PixelBuffer, _ ground: Ground
  ) throws(Failure) {
    let slot = PixelBuffer(size: pieces.shape, order: page.order)
    for index in chosen where !isStopped() {
      Self.cut(pieces, index, from: page, into: slot, ground)
      try network.engine.infer([slot]) { (outputs) throws(Failure) in
        try map.set(outputs, piece: pieces.piece(index), core: pieces.core(index))
      }
    }
  }

  /// Copies a piece of the page; the margin takes the colour of the page's edge.
  private static func cut(
    _ pieces: PagePieces, _ index: Int, from page: PixelBuffer, into slot: PixelBuffer, _ ground: Ground
  ) {
    let piece = pieces.piece(index)
    let count = page.order.count
    guard let visible = pieces.visible(index) else { return ground.fill(slot) }
    if visible.size != slot.size { ground.fill(slot) }
    let (x, y) = (visible.x + pieces.offset.x - piece.x, visible.y + pieces.offset.y - piece.y)
    for row in 0..<visible.height {
      (slot.base + (y + row) * slot.stride + x * count).update(
        from: page.base + (visible.y + row) * page.stride + visible.x * count, count: visible.width * count)
    }
  }

  /// Mean colour of the edge of a page, the colour of its margin.
  private struct Ground {
    private var colour: [UInt8]

    init(of page: PixelBuffer) {
      let (size, count) = (page.size, page.order.count)
      var sum = Array(repeating: 0, count: count)
      var pixels = 0
      func add(_ x: Int, _ y: Int) {
        for channel in 0..<count { sum[channel] += Int(page.base[y * page.stride + x * count + channel]) }
        pixels += 1
      }
      for x in 0..<size.width {
        add(x, 0)
        add(x, size.height - 1)
      }
      for y in 0..<size.height {
        add(0, y)
        add(size.width - 1, y)
      }
      colour = sum.map { UInt8($0 / pixels) }
    }

    func fill(_ slot: PixelBuffer) {
      let count = colour.count
      for x in 0..<slot.size.width * count { slot.base[x] = colour[x % count] }
      for y in 1..<slot.size.height { (slot.base + y * slot.stride).update(from: slot.base, count: slot.stride) }
    }
  }
}
