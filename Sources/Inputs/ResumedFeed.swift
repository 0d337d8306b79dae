import Platform
import Recognition

/// A feed without the items that an earlier run completed.
public final class ResumedFeed: Feed {
  private let feed: any Feed
  private let isDone: (RawPath) -> Bool
  private var count = 0

  /// Calls `isDone` once for each item.
  public init(_ feed: any Feed, isDone: @escaping (RawPath) -> Bool) {
    self.feed = feed
    self.isDone = isDone
  }

  public func next() -> Item? {
    while let item = feed.next() {
      if isDone(item.path) { continue }
      defer { count += 1 }
      return Item(index: count, path: item.path, origin: item.origin)
    }
    return nil
  }
}
