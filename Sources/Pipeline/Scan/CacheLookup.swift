import Codecs
import Platform
import Recognition
import Records

/// How a run uses a store.
public struct CacheConfiguration: Sendable {
  public var store: any ResultStore
  /// False: everything is recognised anew, and kept.
  public var looksUp: Bool
  /// What is asked of each image, in the order of the tasks.
  public var queries: [TaskQuery]
  /// Writes an answer as the store keeps it (`CachedAnswer`).
  public var encode: @Sendable (Answer, ImageFacts, [String]) -> [UInt8]
  /// Reads kept findings, where the sink needs them as more than JSON.
  public var decode: (@Sendable ([UInt8], TaskKind) -> Findings?)?

  public init(
    store: any ResultStore, looksUp: Bool = true, queries: [TaskQuery],
    encode: @escaping @Sendable (Answer, ImageFacts, [String]) -> [UInt8],
    decode: (@Sendable ([UInt8], TaskKind) -> Findings?)? = nil
  ) {
    self.store = store
    self.looksUp = looksUp
    self.queries = queries
    self.encode = encode
    self.decode = decode
  }
}

/// What a store knows of one image.
struct CachedAnswers {
  /// In the order of the tasks.
  var answers: [Answer?]
  var facts = ImageFacts()
  var warnings: [String] = []

  /// Whether nothing is left to be done.
  var isWhole: Bool { !answers.contains { $0 == nil } }
  var isEmpty: Bool { !answers.contains { $0 != nil } }
}

/// What one task asks of each image, and the names that its kept answers go by in records.
public struct TaskQuery: Sendable {
  public var task: TaskKind
  public var query: QueryKey
  /// The network that answers first, and what runs it.
  public var reference: String
  public var engine: EngineKind
  /// The same of a second network.
  public var second: (reference: String, engine: EngineKind)?

  public init(
    task: TaskKind, query: QueryKey, reference: String, engine: EngineKind,
    second: (reference: String, engine: EngineKind)? = nil
  ) {
    self.task = task
    self.query = query
    self.reference = reference
    self.engine = engine
    self.second = second
  }

  /// What runs the network that a kept answer is of; nil: the first one.
  func engine(of reference: String?) -> EngineKind {
    guard let second, second.reference == reference else { return engine }
    return second.engine
  }
}

/// Answers items out of a store.
public struct CacheLookup: Sendable {
  private let cache: CacheConfiguration
  private let limits: DecodeLimits
  private let maxFileSize: Int

  public init(_ cache: CacheConfiguration, limits: DecodeLimits, maxFileSize: Int) {
    self.cache = cache
    self.limits = limits
    self.maxFileSize = maxFileSize
  }

  /// What is known of an item's bytes without reading them.
  public struct FileSnapshot: Sendable {
    /// The file as it is; nil for what is no file that would be read.
    public var stamp: FileStamp?
    public var digest: [UInt8]?
    public var bytes: Int?

    public init(stamp: FileStamp?, digest: [UInt8]? = nil, bytes: Int?) {
      self.stamp = stamp
      self.digest = digest
      self.bytes = bytes
    }
  }

  /// A record of each item that the store knows and that has not changed; nil of the others.
  public func outcomes(of items: [Item]) -> [Outcome?] { outcomes(of: items, snapshots(at: items)) }

  /// Looks at files, and reads none. An item's claim counts where the store knows nothing of the file, and the file is
  /// what was claimed.
  public func snapshots(at items: [Item]) -> [FileSnapshot] {
    var snapshots = items.map { item in
      let stamp = item.file.flatMap { FileStamp(path: $0, maxBytes: maxFileSize) }
      var snapshot = FileSnapshot(stamp: stamp, bytes: stamp.map { Int($0.size) })
      if case .bytes(let bytes) = item.origin { snapshot.bytes = bytes.count }
      return snapshot
    }
    var digests = cache.store.digests(of: snapshots.compactMap(\.stamp))[...]
    for n in snapshots.indices where snapshots[n].stamp != nil { snapshots[n].digest = digests.popFirst() ?? nil }
    for (n, item) in items.enumerated() where snapshots[n].digest == nil {
      guard let hint = item.hint else { continue }
      switch (item.origin, hint.stamp, snapshots[n].stamp) {
      case (.bytes, _, _): snapshots[n].digest = hint.digest
      case (.file, let claimed?, let stamp?), (.fileAt, let claimed?, let stamp?):
        if stamp.isSameFile(as: claimed) { snapshots[n].digest = hint.digest }
      default: break
      }
    }
    return snapshots
  }

  /// A record of each item whose digest the store has every answer for; nil of the others.
  public func outcomes(of items: [Item], _ snapshots: [FileSnapshot]) -> [Outcome?] {
    var answers = answers(snapshots.compactMap(\.digest))[...]
    return zip(items, snapshots).map { item, snapshot in
      guard let digest = snapshot.digest, let known = answers.popFirst(), known.isWhole else { return nil }
      var outcome = Outcome(
        index: item.index, path: item.path, result: .success(known.answers.compactMap { $0 }), cache: .hit)
      outcome.facts = known.facts
      outcome.facts.digest = digest
      outcome.facts.bytes = snapshot.bytes
      outcome.warnings = known.warnings
      return outcome
    }
  }

  /// What is known of each image, every task in one look-up.
  func answers(_ digests: [[UInt8]]) -> [CachedAnswers] {
    guard !digests.isEmpty else { return [] }
    let values = cache.store.answers(
      to: digests.flatMap { digest in cache.queries.map { AnswerKey(image: digest, query: $0.query) } })
    return digests.indices.map { n in
      var known = CachedAnswers(answers: Array(repeating: nil, count: cache.queries.count))
      for (t, task) in cache.queries.enumerated() {
        guard let value = values[n * cache.queries.count + t], let stored = CachedAnswer(value), allows(stored) else {
          continue
        }
        var answer = Answer(
          task: task.task, model: stored.model ?? task.reference, engine: task.engine(of: stored.model),
          findings: task.task.nothing)
        answer.stored = stored.findings
        if let decode = cache.decode {
          guard let findings = decode(stored.findings, task.task) else { continue }
          answer.findings = findings
        }
        known.answers[t] = answer
        known.facts.format = stored.format
        known.facts.size = stored.size
        known.facts.orientation = stored.orientation
        known.warnings += stored.warnings.filter { !known.warnings.contains($0) }
      }
      return known
    }
  }

  /// Whether the limits of this run would have let the image through.
  private func allows(_ stored: CachedAnswer) -> Bool {
    if let size = stored.size, size.area > limits.maxPixels { return false }
    return stored.warnings.isEmpty || limits.maxWarnings >= DecodeLimits().maxWarnings
  }
}
