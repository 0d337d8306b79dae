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

/// The records with the highest scores among those that were offered: memory is that of so many records.
struct NearestRecords {
  /// Its order: the worse is less. Of equal scores the one that was offered first is the better.
  private struct Candidate: Comparable {
    var score: Double
    var position: Int
    var json: [UInt8]

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
  private var offered = 0

  /// Keeps `count` records with a score of at least `least`.
  init(count: Int, least: Double) { (self.count, self.least) = (count, least) }

  mutating func offer(_ score: Double, _ json: UnsafeBufferPointer<UInt8>) {
    offered += 1
    guard score >= least else { return }
    if candidates.count == count {
      guard let worst = candidates.min, score > worst.score else { return }
      candidates.removeMin()
    }
    candidates.insert(Candidate(score: score, position: offered, json: Array(json)))
  }

  /// The nearest first.
  consuming func sorted() -> [FoundRecord] {
    candidates.unordered.sorted(by: >).enumerated().map { index, candidate in
      FoundRecord(rank: index + 1, score: candidate.score, json: candidate.json)
    }
  }
}
