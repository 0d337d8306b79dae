/// The order in which the lines of a page are read: column by column, and in a column row by row.
enum ReadingOrder {
  /// Least number of lines of a column.
  private static let leastLines = 3
  /// Least width of the median line of a column, in heights of a line: the prices of a receipt are no column of prose.
  private static let leastWidth: Float = 8
  /// Columns inside columns are looked for to this depth.
  private static let maxDepth = 4

  static func sorted(_ lines: [Detection], depth: Int = 0) -> [Detection] {
    guard depth < maxDepth, let split = split(lines) else { return TextMapHead.inReadingOrder(lines) }
    var sorted: [Detection] = []
    var rest = lines
    // Headings over both columns end what is above them.
    for line in TextMapHead.inReadingOrder(lines.filter(split.isAcross)) + [nil] {
      let end = line.map { middle($0) } ?? .infinity
      let above = rest.filter { !split.isAcross($0) && middle($0) < end }
      rest.removeAll { !split.isAcross($0) && middle($0) < end }
      sorted += Self.sorted(above.filter(split.isLeft), depth: depth + 1)
      sorted += Self.sorted(above.filter { !split.isLeft($0) }, depth: depth + 1)
      if let line { sorted.append(line) }
    }
    return sorted
  }

  /// A vertical line between two columns, which headings may cross.
  private struct Split {
    var x: Float

    func isLeft(_ line: Detection) -> Bool { line.box.x + line.box.width <= x }
    func isRight(_ line: Detection) -> Bool { line.box.x >= x }
    func isAcross(_ line: Detection) -> Bool { !isLeft(line) && !isRight(line) }
  }

  /// The split that the fewest lines cross; nil if the lines are not in columns.
  private static func split(_ lines: [Detection]) -> Split? {
    guard lines.count >= 2 * leastLines else { return nil }
    let height = median(lines.map(TextLines.height))
    var best: (split: Split, crossing: Int)?
    for x in Set(lines.map(\.box.x)) {
      let split = Split(x: x - height / 4)
      let (left, right) = (lines.filter(split.isLeft), lines.filter(split.isRight))
      let crossing = lines.count - left.count - right.count
      guard min(left.count, right.count) >= leastLines, 3 * crossing <= lines.count, crossing < best?.crossing ?? .max,
        min(median(left.map(\.box.width)), median(right.map(\.box.width))) >= leastWidth * height,
        areBeside(left, right)
      else { continue }
      best = (split, crossing)
    }
    return best?.split
  }

  /// Whether the shorter column lies beside the other for at least a half.
  private static func areBeside(_ left: [Detection], _ right: [Detection]) -> Bool {
    let (a, b) = (range(left), range(right))
    let shared = min(a.end, b.end) - max(a.start, b.start)
    return 2 * shared >= min(a.end - a.start, b.end - b.start)
  }

  private static func range(_ lines: [Detection]) -> (start: Float, end: Float) {
    (lines.map(\.box.y).min() ?? 0, lines.map { $0.box.y + $0.box.height }.max() ?? 0)
  }

  private static func middle(_ line: Detection) -> Float { line.box.y + line.box.height / 2 }

  private static func median(_ values: [Float]) -> Float {
    values.isEmpty ? 0 : values.sorted()[values.count / 2]
  }
}
