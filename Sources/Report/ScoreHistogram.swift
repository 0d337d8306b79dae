/// Number of findings by score: 20 bars from 0 to 1.
struct ScoreHistogram: Sendable, Equatable {
  static let bars = 20
  private(set) var counts = [Int](repeating: 0, count: bars)

  /// `score` in thousandths; 1 belongs to the last bar.
  mutating func add(_ score: Int16) { counts[min(max(0, Int(score) * Self.bars / 1000), Self.bars - 1)] += 1 }

  var total: Int { counts.reduce(0, +) }
}

extension ReportData {
  /// Scores of the findings that count. Codes have none.
  func scores() -> ScoreHistogram {
    var histogram = ScoreHistogram()
    for image in images {
      for findings in image.findings where findings.task != .codes {
        for row in findings.counted { histogram.add(row.score) }
      }
    }
    return histogram
  }
}
