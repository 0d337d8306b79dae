import Synchronization

/// Counts of a walk, readable from any thread while it runs.
public final class WalkTally: Sendable {
  private let count = Atomic<Int>(0)

  init() {}

  /// Number of entries that were not images.
  public var ignored: Int { count.load(ordering: .relaxed) }

  func ignore() { count.add(1, ordering: .relaxed) }
}
