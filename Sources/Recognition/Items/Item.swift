import Platform

/// One input of a run, as delivered by a feed. Every item leaves the run in exactly one `Outcome`.
public struct Item: Sendable {
  /// Index in the order of the inputs, from 0.
  public private(set) var index: Int
  /// Its name in the records.
  public let path: RawPath
  public let origin: Origin
  /// What a data set calls it: the name that it shares with its label.
  public var key: RawPath?
  /// The digest of its bytes as another machine computed it.
  public var hint: DigestHint?
  /// The state in which a watch found its file settled: in another it is not recognised.
  public var settled: FileStamp?
  /// What counts its bytes as long as a copy of the item is there.
  public var hold: (any AnyObject & Sendable)?

  public enum Origin: Sendable {
    /// A file at `path`.
    case file
    /// A file at another path on this machine.
    case fileAt(RawPath)
    /// Bytes that came with the item, from an archive or a queue.
    case bytes([UInt8])
    /// A failure of the feed in place of an image: an unreadable folder, a name that does not exist.
    case fault(Failure)
  }

  /// Path of the file; nil if the item is none.
  public var file: RawPath? {
    switch origin {
    case .file: path
    case .fileAt(let other): other
    case .bytes, .fault: nil
    }
  }

  public init(index: Int, path: RawPath, origin: Origin = .file) {
    self.index = index
    self.path = path
    self.origin = origin
  }

  /// The same item with another index.
  public func renumbered(_ index: Int) -> Item {
    var copy = self
    copy.index = index
    return copy
  }
}

/// The digest of an item's bytes as another machine computed it.
///
/// Answers may be looked up under it, but none is stored under it: the reader of the bytes digests them itself, so that a
/// wrong hint cannot spoil a cache.
public struct DigestHint: Sendable, Equatable {
  public var digest: [UInt8]
  /// The stamp of the file when it was read; nil if the bytes came with the item.
  public var stamp: FileStamp?

  public init(digest: [UInt8], stamp: FileStamp?) {
    self.digest = digest
    self.stamp = stamp
  }
}
