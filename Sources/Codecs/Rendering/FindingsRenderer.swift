import COpenCV
import Recognition

/// Draws findings on a BGR picture, in place: masks, then outlines and landmarks, then labels, which no line crosses.
public struct FindingsRenderer {
  private let pixels: PixelBuffer
  /// Scale from the upright image's pixels to the picture's.
  private let scale: (x: Float, y: Float)
  private let sizes: DrawingScale

  /// Labels of the best classes of a picture.
  private static let mostCaptions = 3
  /// Width of labels, in em squares: what is wider than this and than its object ends with an ellipsis.
  private static let widestLabel = 24

  /// `image` is the upright size that the findings' coordinates refer to.
  public init(on pixels: PixelBuffer, image: PixelSize) {
    precondition(pixels.order == .bgr)
    self.pixels = pixels
    scale = (Float(pixels.size.width) / Float(image.width), Float(pixels.size.height) / Float(image.height))
    sizes = DrawingScale(pixels.size)
  }

  public func draw(_ answers: [Answer]) {
    var marks: [Mark] = []
    var captions: [Label] = []
    let usual = PixelSize(width: 6 * sizes.letters, height: labelHeight)
    for answer in answers {
      switch answer.findings {
      case .labels(let labels): captions += labels.prefix(Self.mostCaptions)
      case .detections(let found):
        marks += found.map { Mark($0, task: answer.task, scale: scale, label: usual) }
      case .segments(let segments):
        for segment in segments {
          let painter = MaskPainter(pixels: pixels, line: sizes.line)
          let colour = ClassPalette.colour(of: segment.label)
          guard let summit = painter.paint(segment.mask, in: segment.box, colour) else { continue }
          marks.append(Mark(segment, summit: summit))
        }
      case .codes(let codes): marks += codes.map { Mark($0, scale: scale) }
      case .embedding, .measures, .upscaled: break
      }
    }
    for mark in marks { drawLines(of: mark) }
    var placer = LabelPlacer(picture: pixels.size, clear: marks.compactMap(\.clear), gap: sizes.line / 2 + 1)
    write(captions, with: &placer)
    for mark in marks { write(mark, with: &placer) }
  }

  // MARK: Lines

  private func drawLines(of mark: Mark) {
    let (width, height) = (Int32(pixels.size.width), Int32(pixels.size.height))
    if !mark.outline.isEmpty {
      let points = mark.outline.flatMap { [$0.x, $0.y] }
      let line = sizes.line(side: min(mark.box.width, mark.box.height))
      copencv_draw_polygon(
        pixels.base, width, height, points, Int32(mark.outline.count), mark.colour, Int32(line),
        Int32(sizes.edge), nil)
    }
    guard let radius = sizes.landmarkRadius(width: mark.box.width) else { return }
    for point in mark.landmarks {
      copencv_draw_dot(pixels.base, width, height, point.x, point.y, Int32(radius), mark.colour, nil)
    }
  }

  // MARK: Labels

  private var labelHeight: Int { sizes.letters + 2 * sizes.pad }

  /// Where a whole label would cover something, smaller letters or fewer may not.
  private func write(_ mark: Mark, with placer: inout LabelPlacer) {
    let widest = max(Self.widestLabel * sizes.letters, Int(min(mark.box.width, Float(pixels.size.width))))
    let own = mark.clear.map { $0.weighing(Mark.ownWeight) }
    var best: (label: TextRenderer, place: PixelRect)?
    var least = Float.infinity
    for (letters, width) in [(4, 4), (3, 4), (4, 2), (3, 2), (3, 1)] where least > 0 {
      let pixels = max(DrawingScale.leastLetters, sizes.letters * letters / 4)
      let room = max(4 * pixels, widest * width / 4)
      guard let label = line(mark.text, pixels: pixels, width: room) else { return }
      let found = placer.best(size(of: label), beside: mark.anchor, own: own)
      if found.cost < least { (best, least) = ((label, found.place), found.cost) }
    }
    guard let best, !placer.isFull(for: best.place.size) else { return }
    placer.take(best.place)
    write(best.label, in: best.place, mark.colour)
  }

  /// Classes of the whole picture, as a block in a corner, which takes a third of its height at most.
  private func write(_ captions: [Label], with placer: inout LabelPlacer) {
    let room = max(1, pixels.size.height / 3 / labelHeight)
    let lines = captions.prefix(room).compactMap { label in
      line("\(label.label) \(Mark.percent(label.score))", pixels: sizes.letters, width: pixels.size.width)
        .map { (text: $0, colour: ClassPalette.colour(of: label.label)) }
    }
    guard !lines.isEmpty else { return }
    let labels = lines.map { size(of: $0.text) }
    let block = PixelSize(
      width: labels.map(\.width).max() ?? 0, height: labels.reduce(0) { $0 + $1.height })
    var place = placer.placeInCorner(block)
    for (line, size) in zip(lines, labels) {
      write(line.text, in: PixelRect(x: place.x, y: place.y, width: size.width, height: size.height), line.colour)
      place.y += size.height
    }
  }

  private func line(_ text: String, pixels letters: Int, width: Int) -> TextRenderer? {
    TextRenderer(text, pixels: letters, width: max(1, min(width, pixels.size.width - 2 * sizes.pad)))
  }

  private func size(of label: TextRenderer) -> PixelSize {
    PixelSize(width: label.size.width + 2 * sizes.pad, height: label.size.height + 2 * sizes.pad)
  }

  private func write(_ label: TextRenderer, in place: PixelRect, _ colour: CVColour) {
    pixels.fill(place, [colour.b, colour.g, colour.r])
    label.draw(on: pixels, x: place.x + sizes.pad, y: place.y + sizes.pad, ink: colour.ink)
  }
}

extension PixelBuffer {
  /// A copy of the part `rect`, which must be inside.
  public func part(_ rect: PixelRect) -> PixelBuffer {
    let copy = PixelBuffer(size: rect.size, order: order)
    for y in 0..<rect.height {
      (copy.base + y * copy.stride).update(
        from: base + (rect.y + y) * stride + rect.x * order.count, count: copy.stride)
    }
    return copy
  }
}
