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
