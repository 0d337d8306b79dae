import Platform

/// The result of one item: its record.
public struct Outcome: Sendable {
  public var index: Int
  public var path: RawPath
  /// What a data set calls the item.
  public var key: RawPath?
  /// The page that it is the result of, if each page of the file has one.
  public var page: Page?
  public var facts = ImageFacts()
  /// The answers in the order of the tasks, or the failure.
  public var result: Result<[Answer], Failure>
  public var cache: CacheState
  public var timings = Timings()
  /// Seconds from the beginning of reading to the last answer; nil if that was not measured. Not in records.
  public var latency: Double?
  /// Warnings about an image that is damaged and still decoded, or about how it was read.
  public var warnings: [String] = []
  /// The image whose answer this is, if `cache` is `similar`.
  public var match: SimilarMatch?
  /// The files that were written for the image beside its record.
  public var files = WrittenFiles()
  /// Why such a file could not be written. The answers hold, and the record has both.
  public var fileFailure: Failure?
  /// The file's stamp when it was read, if a cache may rely on it.
  public var stamp: FileStamp?

  public init(index: Int, path: RawPath, result: Result<[Answer], Failure>, cache: CacheState = .off) {
    self.index = index
    self.path = path
    self.result = result
    self.cache = cache
  }

  public init(of item: Item, result: Result<[Answer], Failure>, cache: CacheState = .off) {
    self.init(index: item.index, path: item.path, result: result, cache: cache)
    key = item.key
  }

  /// The answers; empty if the image failed.
  public var answers: [Answer] { (try? result.get()) ?? [] }

  /// Why the image failed, or a file of it.
  public var failure: Failure? {
    if case .failure(let failure) = result { failure } else { fileFailure }
  }
}

/// The files that were written for an image beside its record.
public struct WrittenFiles: Sendable, Equatable {
  /// The copy with the findings drawn on it.
  public var annotated: RawPath?
  /// In the order of the detections.
  public var crops: [RawPath] = []
  /// In the order of the segments.
  public var cutouts: [RawPath] = []

  public init() {}

  public var isEmpty: Bool { annotated == nil && crops.isEmpty && cutouts.isEmpty }
}

/// Origin of an answer.
public enum CacheState: String, Sendable { case hit, miss, similar, off }

/// Milliseconds that an item spent in each stage; `wait` is its time in queues between decoding and inference.
public struct Timings: Sendable, Equatable {
  public var read = 0.0
  public var decode = 0.0
  public var wait = 0.0
  public var infer = 0.0

  public init() {}
}
