/// Greedy non-maximum suppression.
enum NonMaximumSuppression {
  /// Bounds for networks that find objects everywhere, which should not cost minutes.
  static let maxCompared = 30_000
  static let maxKept = 300

  /// The candidates that no better one covers, best first.
  ///
  /// Compares at most `maxCompared` candidates and keeps at most `maxKept`. `covers` says whether a kept candidate
  /// suppresses a weaker one; the metric and whether classes compete are its own.
  static func apply<Candidate>(
    _ candidates: [Candidate], score: (Candidate) -> Float, maxCompared: Int = maxCompared, maxKept: Int = maxKept,
    covers: (_ kept: Candidate, _ weaker: Candidate) -> Bool
  ) -> [Candidate] {
    var kept: [Candidate] = []
    for candidate in candidates.sorted(by: { score($0) > score($1) }).prefix(maxCompared) {
      if kept.count == maxKept { break }
      if !kept.contains(where: { covers($0, candidate) }) { kept.append(candidate) }
    }
    return kept
  }
}
