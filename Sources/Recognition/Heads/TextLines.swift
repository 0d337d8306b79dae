/// Lines of text on one page.
public enum TextLines {
  /// The lines in the order of reading.
  public static func inReadingOrder(_ lines: [Detection]) -> [Detection] { ReadingOrder.sorted(lines) }

  /// The lines, which are in the order of reading, row by row: what was found side by side is one row of the page.
  public static func rows(_ lines: [Detection]) -> [[Detection]] {
    var rows: [[Detection]] = []
    for line in lines {
      if let last = rows.last?.last, isBeside(last, line) {
        rows[rows.count - 1].append(line)
      } else {
        rows.append([line])
      }
    }
    return rows
  }

  /// Whether a horizontal line continues the row of the one before it.
  private static func isBeside(_ before: Detection, _ line: Detection) -> Bool {
    let (a, b) = (before.box, line.box)
    guard a.height < 1.5 * a.width, b.height < 1.5 * b.width else { return false }
    let shared = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    let least = min(a.height, b.height)
    return 2 * shared >= least && b.x >= a.x + a.width - least / 2
  }

  /// Height of a line's letters, in pixels: the shorter side of its rectangle.
  public static func height(_ line: Detection) -> Float {
    let (width, height) = sides(line)
    return min(width, height)
  }

  /// Length of a line, in pixels: the longer side of its rectangle.
  static func length(_ line: Detection) -> Float {
    let (width, height) = sides(line)
    return max(width, height)
  }

  /// Sides of a line's rectangle, in pixels: of opposite ones, which differ by rounding, the longer (PaddleOCR).
  static func sides(_ line: Detection) -> (width: Float, height: Float) {
    let quad = line.quad
    guard quad.count == 4 else { return (line.box.width, line.box.height) }
    return (
      max(quad[0].distance(to: quad[1]), quad[2].distance(to: quad[3])),
      max(quad[0].distance(to: quad[3]), quad[1].distance(to: quad[2]))
    )
  }

  /// The lines lower than `height`, and those of the higher ones on which a line of a `reduced` copy lies or that have at
  /// least `score`. The network takes the blurred background of a photo for large letters here and there, more often than
  /// not at one scale only.
  public static func confirmed(
    _ lines: [Detection], by reduced: [Detection], from height: Float, orScore score: Float
  ) -> [Detection] {
    lines.filter { line in
      self.height(line) < height || line.score >= score
        || reduced.contains { 2 * line.box.intersection($0.box) > line.box.area }
    }
  }

  /// Adds the `large` lines of a reduced copy of the page to those of the page itself, in place of what was found of
  /// them there.
  public static func merge(large: [Detection], into lines: [Detection]) -> [Detection] {
    var lines = lines
    for word in large {
      let parts = lines.indices.filter { 2 * lines[$0].box.intersection(word.box) > lines[$0].box.area }
      // Lines one above the other, which lie close on the reduced copy, are not one word.
      let low = parts.filter { 2 * lines[$0].box.width > word.box.width && 3 * height(lines[$0]) < 2 * height(word) }
      guard !areApart(low.map { lines[$0] }) else { continue }
      for part in parts.reversed() { lines.remove(at: part) }
      lines.append(word)
    }
    return lines
  }

  /// Whether some of the lines lie above the others. The middles of lines are about as far from each other as the lines
  /// are high; those of the upper and the lower part of a word, which share its middle, half of that.
  private static func areApart(_ lines: [Detection]) -> Bool {
    let sorted = lines.sorted { middle($0) < middle($1) }
    return zip(sorted, sorted.dropFirst()).contains { above, below in
      middle(below) - middle(above) > leastPitch * (height(above) + height(below)) / 2
    }
  }

  /// Least distance of the middles of two lines, in heights of a line.
  private static let leastPitch: Float = 0.7

  private static func middle(_ line: Detection) -> Float { line.box.y + line.box.height / 2 }
}
