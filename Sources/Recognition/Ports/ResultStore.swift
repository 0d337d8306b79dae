/// Keeps answers, so that no image is recognised twice. Any worker may call it.
///
/// It has no errors: a store that cannot answer knows nothing, one that cannot write keeps nothing, and both are logged
/// and counted. An image never fails because of it.
public protocol ResultStore: AnyObject, Sendable {
  /// The digests of files that are as they were when they were read; nil for those that are not known.
  func digests(of stamps: [FileStamp]) -> [[UInt8]?]
  /// What was kept under each key, as `CachedAnswer` wrote it.
  func answers(to keys: [AnswerKey]) -> [[UInt8]?]
  /// Keeps a batch.
  func put(_ batch: StoreBatch)
  /// Brings to its place what is still on its way. Nothing may be asked afterwards.
  func close()
  /// Look-ups and writes that failed so far.
  var faults: Int { get }
}

/// What an answer is kept under: what was asked, of which bytes. Never a path.
public struct AnswerKey: Hashable, Sendable {
  /// SHA-256 of the image's bytes.
  public var image: [UInt8]
  public var query: QueryKey

  public init(image: [UInt8], query: QueryKey) {
    self.image = image
    self.query = query
  }
}

/// Everything besides the image's bytes that an answer depends on: network, preprocessing, options, schema.
public struct QueryKey: Hashable, Sendable {
  /// SHA-256 over all of it.
  public let digest: [UInt8]
  /// The digest's first eight bytes, where a number is wanted.
  public let number: Int64
  /// What it is, for people.
  public let text: String

  public init(digest: [UInt8], text: String = "") {
    precondition(digest.count >= 8)
    self.digest = digest
    self.text = text
    number = Int64(bitPattern: digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
  }
}

/// What is given to a store at once.
public struct StoreBatch: Sendable {
  public var answers: [(key: AnswerKey, value: [UInt8])] = []
  public var stamps: [(stamp: FileStamp, digest: [UInt8])] = []

  public init() {}

  public var isEmpty: Bool { answers.isEmpty && stamps.isEmpty }
}

/// By what a file is told to be unchanged without reading it, as git's index does it.
public struct FileStamp: Hashable, Sendable {
  public var device: UInt64
  public var inode: UInt64
  public var size: Int64
  /// Nanoseconds since 1970.
  public var modified: Int64
  public var changed: Int64

  public init(device: UInt64, inode: UInt64, size: Int64, modified: Int64, changed: Int64) {
    self.device = device
    self.inode = inode
    self.size = size
    self.modified = modified
    self.changed = changed
  }

  /// Whether this is the same state of the same file, seen by two machines: each numbers devices in its own way.
  public func isSameFile(as other: FileStamp) -> Bool {
    inode == other.inode && size == other.size && modified == other.modified && changed == other.changed
  }

  /// Whether a later write could leave the same stamp, when the file was read at `now` (nanoseconds since 1970): clocks
  /// of file systems tick as slowly as every two seconds. Git's racy rule; such a stamp is not kept.
  public func isRacy(readAt now: Int64) -> Bool {
    let settled = now - 2_000_000_000
    return modified > settled || changed > settled
  }
}
