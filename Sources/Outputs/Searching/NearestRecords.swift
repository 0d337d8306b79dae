import HeapModule

/// A record that a search found.
public struct FoundRecord: Sendable {
  /// Position from 1, the nearest first.
  public var rank: Int
  /// Cosine between its vector and the query.
  public var score: Double
  /// The record in compact JSON.
  public var json: [UInt8]
}

/// Those with the highest scores among the records that were offered, each with a value that leads to its JSON: memory is
/// that of so many values.
struct Nearest<Value> {
  /// Its order: the worse is less. Of equal scores that of the lower position is the better.
  private struct Candidate: Comparable {
    var score: Double
    var position: Int
    var value: Value

    static func < (one: Candidate, other: Candidate) -> Bool {
      (one.score, other.position) < (other.score, one.position)
    }

    static func == (one: Candidate, other: Candidate) -> Bool {
      (one.score, one.position) == (other.score, other.position)
    }
  }

  private let count: Int
  private let least: Double
  private var candidates = Heap<Candidate>()

  /// Keeps `count` records with a score of at least `least`.
  init(count: Int, least: Double) { (self.count, self.least) = (count, least) }

  mutating func offer(_ score: Double, at position: Int, _ value: @autoclosure () -> Value) {
    guard score >= least else { return }
    if candidates.count == count {
      guard let worst = candidates.min, (worst.score, position) < (score, worst.position) else { return }
      candidates.removeMin()
    }
    candidates.insert(Candidate(score: score, position: position, value: value()))
  }

  /// The nearest first; nil if `json` has none for a value.
  func found(_ json: (Value) -> [UInt8]?) -> [FoundRecord]? {
    var found: [FoundRecord] = []
    for candidate in candidates.unordered.sorted(by: >) {
      guard let json = json(candidate.value) else { return nil }
      found.append(FoundRecord(rank: found.count + 1, score: candidate.score, json: json))
    }
    return found
  }
}
