/// Number of images that may fail before the run ends.
public enum FailureBudget: Sendable, Hashable {
  case unlimited
  case count(Int)
  /// Percentage of the records, checked from the hundredth record on.
  case percent(Double)

  func isSpent(failed: Int, of records: Int) -> Bool {
    switch self {
    case .unlimited: false
    case .count(let maximum): failed > maximum
    case .percent(let maximum): records >= 100 && Double(failed) * 100 > maximum * Double(records)
    }
  }
}
