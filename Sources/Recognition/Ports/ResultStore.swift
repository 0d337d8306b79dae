import Platform

/// Caches answers, so that no image is recognised twice. Any worker may call it.
///
/// It throws no errors: a failed look-up finds nothing, a failed write stores nothing, and both are logged and counted. An
/// image never fails because of it.
public protocol ResultStore: AnyObject, Sendable {
  /// The digests of files that have not changed since they were read; nil for unknown files.
  func digests(of stamps: [FileStamp]) -> [[UInt8]?]
  /// The cached bytes of each key, as `CachedAnswer` writes them; nil if there are none.
  func answers(to keys: [AnswerKey]) -> [[UInt8]?]
  /// Stores a batch.
  func put(_ batch: StoreBatch)
  /// Flushes and closes the store; no calls may follow.
  func close()
  /// Number of look-ups and writes that failed.
  var faults: Int { get }
}

/// The key of a cached answer: the query and the bytes. Never a path.
public struct AnswerKey: Hashable, Sendable {
  /// SHA-256 of the image's bytes, or what `image(_:page:)` makes of it.
  public var image: [UInt8]
  public var query: QueryKey

  public init(image: [UInt8], query: QueryKey) {
    self.image = image
    self.query = query
  }

  /// The key of a page of the file with the SHA-256 `digest`; that of a file that is read as one is `digest` itself.
  ///
  /// The first page has a key of its own too: its record lacks the warning of a file that is read as one.
  public static func image(_ digest: [UInt8], page: Page?) -> [UInt8] {
    guard let page else { return digest }
    return Digest.of(digest + "page \(page.number)".utf8)
  }
}

/// The digest of everything besides the image's bytes that an answer depends on: network, preprocessing, options, schema.
public struct QueryKey: Hashable, Sendable {
  /// SHA-256 over all of it.
  public let digest: [UInt8]
  /// The first eight bytes of the digest, for stores with integer keys.
  public let number: Int64
  /// Description for people.
  public let text: String

  public init(digest: [UInt8], text: String = "") {
    precondition(digest.count >= 8)
    self.digest = digest
    self.text = text
    number = Int64(bitPattern: digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
  }
}

/// Answers and file stamps that are stored together.
public struct StoreBatch: Sendable {
  public var answers: [(key: AnswerKey, value: [UInt8])] = []
  public var stamps: [(stamp: FileStamp, digest: [UInt8])] = []

  public init() {}

  public var isEmpty: Bool { answers.isEmpty && stamps.isEmpty }
}
