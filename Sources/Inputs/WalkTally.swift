import Synchronization

/// Counts that can be read while the walk is elsewhere.
public final class WalkTally: Sendable {
  private let count = Atomic<Int>(0)

  init() {}

  /// Entries of folders that were no images.
  public var ignored: Int { count.load(ordering: .relaxed) }

  func ignore() { count.add(1, ordering: .relaxed) }
}
