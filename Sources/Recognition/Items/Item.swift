import Platform

/// One input of a run, as a feed names it. Every item leaves the run in exactly one `Outcome`.
public struct Item: Sendable {
  /// Its place in the order of the inputs, from 0.
  public let index: Int
  /// The name it goes by in the records.
  public let path: RawPath
  public let origin: Origin
  /// What another machine knows of the bytes.
  public var hint: DigestHint?

  public enum Origin: Sendable {
    /// A file to be opened by `path`.
    case file
    /// A file that is elsewhere for this machine than `path` says.
    case fileAt(RawPath)
    /// The bytes themselves, as out of an archive or a queue.
    case bytes([UInt8])
    /// What the feed found in place of an image: a folder that cannot be read, a name that is not there.
    case fault(Failure)
  }

  /// Where the file is; nil for what is none.
  public var file: RawPath? {
    switch origin {
    case .file: path
    case .fileAt(let place): place
    case .bytes, .fault: nil
    }
  }

  public init(index: Int, path: RawPath, origin: Origin = .file) {
    self.index = index
    self.path = path
    self.origin = origin
  }
}

/// The digest of an item's bytes, as another machine knows it.
///
/// An answer may be looked up under it. Nothing is kept under it: whoever reads the bytes digests them himself, so that a
/// false claim spoils no store.
public struct DigestHint: Sendable, Equatable {
  public var digest: [UInt8]
  /// The file as it was when it was read; nil where the bytes came along.
  public var stamp: FileStamp?

  public init(digest: [UInt8], stamp: FileStamp?) {
    self.digest = digest
    self.stamp = stamp
  }
}
