import Platform
import Recognition

/// A feed without the items that an earlier run completed.
public final class ResumedFeed: Feed {
  private let feed: any Feed
  private let isDone: (Item) -> Bool
  private var count = 0

  /// Calls `isDone` once for each item.
  public init(_ feed: any Feed, isDone: @escaping (Item) -> Bool) {
    self.feed = feed
    self.isDone = isDone
  }

  public func next() -> Item? {
    while let item = feed.next() {
      if isDone(item) { continue }
      defer { count += 1 }
      return item.renumbered(count)
    }
    return nil
  }
}

/// Compares items with what an earlier run read of them.
public final class ItemComparison {
  private let since: Int64?
  private let maxBytes: Int
  private let buffer = FileBuffer()

  /// Margin in nanoseconds: file systems have clocks as coarse as two seconds.
  private static let coarseness: Int64 = 2_000_000_000

  /// `since` is a time in nanoseconds since 1970 before the earlier run read its first item; nil if it is unknown.
  public init(since: Int64?, maxBytes: Int) {
    self.since = since.map { $0 - Self.coarseness }
    self.maxBytes = maxBytes
  }

  /// Whether the bytes of `item` are those whose length and digest are in `facts`.
  ///
  /// A file of the same length whose times are older than the earlier run is not read. Members of archives are compared
  /// by their bytes, which are in memory.
  public func isUnchanged(_ item: Item, _ facts: ImageFacts) -> Bool {
    guard let length = facts.bytes, let digest = facts.digest else { return false }
    switch item.origin {
    case .fault: return false
    case .bytes(let bytes): return bytes.count == length && Digest.of(bytes) == digest
    case .file: return isUnchanged(item.path, length, digest)
    case .fileAt(let path): return isUnchanged(path, length, digest)
    }
  }

  private func isUnchanged(_ path: RawPath, _ length: Int, _ digest: [UInt8]) -> Bool {
    guard let stamp = FileStamp(path: path, maxBytes: maxBytes), stamp.size == length else { return false }
    if let since, stamp.modified < since, stamp.changed < since { return true }
    guard (try? FileReader.read(path, into: buffer, maxBytes: maxBytes)) != nil else { return false }
    return FileReader.digest(buffer.bytes) == digest
  }
}
