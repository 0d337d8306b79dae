import Recognition

/// Finds room for labels, one after another: each takes the first place beside its object at which it covers no label and
/// nothing that is read; otherwise the place at which it covers least. Always inside the picture.
struct LabelPlacer {
  let picture: PixelSize
  /// What labels do not cover.
  let clear: [ClearArea]
  /// Pixels between an object's outline and its label.
  let gap: Int
  private(set) var placed: [PixelRect] = []

  /// What a pixel of another label costs: two labels over each other are both lost.
  private static let labelWeight: Float = 16

  init(picture: PixelSize, clear: [ClearArea], gap: Int) {
    self.picture = picture
    self.clear = clear
    self.gap = gap
  }

  /// Places a label of `size` beside the polygon `outline`; with `own`, the object's own area, which it does not cover.
  mutating func place(_ size: PixelSize, beside outline: [Point], own: ClearArea? = nil) -> PixelRect {
    let place = best(size, beside: outline, own: own).place
    take(place)
    return place
  }

  /// The best place for a label, and what it covers there: 0 is nothing.
  func best(_ size: PixelSize, beside outline: [Point], own: ClearArea?) -> (place: PixelRect, cost: Float) {
    best(of: candidates(size, beside: outline), own: own)
  }

  mutating func take(_ place: PixelRect) { placed.append(place) }

  /// Whether labels cover so much of the picture that one more of `size` would hide it; the first is always shown.
  func isFull(for size: PixelSize) -> Bool {
    !placed.isEmpty && placed.reduce(size.area) { $0 + $1.width * $1.height } > picture.area / 2
  }

  /// Places a block of `size` in a corner of the picture.
  mutating func placeInCorner(_ size: PixelSize) -> PixelRect {
    let (right, bottom) = (picture.width - size.width, picture.height - size.height)
    let corners = [(0, 0), (right, 0), (0, bottom), (right, bottom)]
    let place = best(of: corners.map { inside(size, $0.0, $0.1) }, own: nil).place
    take(place)
    return place
  }

  private func best(of candidates: [PixelRect], own: ClearArea?) -> (place: PixelRect, cost: Float) {
    var best = candidates[0]
    var least = Float.infinity
    for candidate in candidates {
      let cost = cost(of: candidate, own: own, limit: least)
      if cost < least { (best, least) = (candidate, cost) }
      if least == 0 { break }
    }
    return (best, least)
  }

  /// Stops at `limit`.
  private func cost(of rect: PixelRect, own: ClearArea?, limit: Float) -> Float {
    var cost: Float = 0
    if let own, own.overlap(rect) >= 1 { cost += own.weight * own.overlap(rect) }
    for other in placed where cost < limit { cost += Self.labelWeight * Float(rect.overlap(other)) }
    for area in clear where cost < limit {
      let covered = area.overlap(rect)
      // Less than a pixel is a matter of rounding.
      if covered >= 1 { cost += area.weight * covered }
    }
    return cost
  }

  /// Above, below, right and left of the object, inside it; first at the corners of a rotated one.
  private func candidates(_ size: PixelSize, beside outline: [Point]) -> [PixelRect] {
    let box = Box(around: outline)
    let (left, top) = (Self.whole(box.x.rounded(.down)), Self.whole(box.y.rounded(.down)))
    let right = Self.whole((box.x + box.width).rounded(.up))
    let bottom = Self.whole((box.y + box.height).rounded(.up))
    let (width, height) = (size.width, size.height)
    let (above, below) = (top - gap - height, bottom + gap)
    var places: [(Int, Int)] = []
    // The corners of a rotated line: the box around it is far from its ends.
    for corner in outline where Self.isRotated(outline) {
      let (x, y) = (Self.whole(corner.x), Self.whole(corner.y))
      places += [(x, y - gap - height), (x - width, y - gap - height), (x, y + gap), (x - width, y + gap)]
    }
    places += [
      (left - gap, above), (right + gap - width, above), (left - gap, below), (right + gap - width, below),
      (right + gap, top - gap), (right + gap, bottom + gap - height), (left - gap - width, top - gap),
      (left - gap - width, bottom + gap - height),
    ]
    places += [
      (left + gap, top + gap), (right - gap - width, top + gap), (left + gap, bottom - gap - height),
      (right - gap - width, bottom - gap - height),
    ]
    return places.map { inside(size, $0.0, $0.1) }
  }

  /// Whether no side is upright within a tenth of its length.
  private static func isRotated(_ outline: [Point]) -> Bool {
    outline.count == 4
      && outline.indices.allSatisfy { index in
        let (from, to) = (outline[index], outline[(index + 1) % 4])
        let (x, y) = (abs(to.x - from.x), abs(to.y - from.y))
        return min(x, y) > max(x, y) / 10
      }
  }

  /// The rectangle moved into the picture; at the upper left, if it is larger.
  private func inside(_ size: PixelSize, _ x: Int, _ y: Int) -> PixelRect {
    PixelRect(
      x: max(0, min(x, picture.width - size.width)), y: max(0, min(y, picture.height - size.height)),
      width: size.width, height: size.height)
  }

  /// A coordinate as a whole number; networks may give any.
  private static func whole(_ value: Float) -> Int {
    value.isFinite ? Int(max(-1_000_000, min(value, 1_000_000))) : 0
  }
}

extension PixelRect {
  /// The number of pixels in common.
  func overlap(_ other: PixelRect) -> Int {
    max(0, min(x + width, other.x + other.width) - max(x, other.x))
      * max(0, min(y + height, other.y + other.height) - max(y, other.y))
  }
}
