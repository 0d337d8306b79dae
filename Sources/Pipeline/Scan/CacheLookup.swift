import Codecs
import Platform
import Recognition
import Records

/// The cached answers to one image.
struct CachedAnswers {
  /// In the order of the tasks.
  var answers: [Answer?]
  var facts = ImageFacts()
  var warnings: [String] = []

  /// Whether every task is answered.
  var isComplete: Bool { !answers.contains { $0 == nil } }
  var isEmpty: Bool { !answers.contains { $0 != nil } }
}

/// Answers items from the cache.
public struct CacheLookup: Sendable {
  private let cache: CacheConfiguration
  private let limits: DecodeLimits
  private let maxFileSize: Int
  private let pages: PageSelection

  public init(
    _ cache: CacheConfiguration, limits: DecodeLimits, maxFileSize: Int, pages: PageSelection = .first
  ) {
    self.pages = pages
    self.cache = cache
    self.limits = limits
    self.maxFileSize = maxFileSize
  }

  /// The metadata of an item's bytes, known without reading them.
  public struct FileSnapshot: Sendable {
    /// The file as it is now; nil if no file would be read.
    public var stamp: FileStamp?
    public var digest: [UInt8]?
    public var bytes: Int?

    public init(stamp: FileStamp?, digest: [UInt8]? = nil, bytes: Int?) {
      self.stamp = stamp
      self.digest = digest
      self.bytes = bytes
    }
  }

  /// A record for each item that the cache knows and that has not changed; nil for the others.
  public func outcomes(of items: [Item]) -> [Outcome?] { outcomes(of: items, snapshots(of: items)) }

  /// Stats the files without reading them. A hint is used only if the cache has no digest for the file and its metadata
  /// matches.
  public func snapshots(of items: [Item]) -> [FileSnapshot] {
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
      case (.file, let hinted?, let stamp?), (.fileAt, let hinted?, let stamp?):
        if stamp.isSameFile(as: hinted) { snapshots[n].digest = hint.digest }
      default: break
      }
    }
    return snapshots
  }

  /// A record for each item whose digest the cache has every answer for; nil for the others.
  public func outcomes(of items: [Item], _ snapshots: [FileSnapshot]) -> [Outcome?] {
    var answers = answers(snapshots.compactMap(\.digest))[...]
    return zip(items, snapshots).map { item, snapshot in
      guard let digest = snapshot.digest, let known = answers.popFirst(), known.isComplete else { return nil }
      // The answer to the file as one. Its pages are looked up when their number is known, which needs the file.
      if pages == .all, known.facts.pages != nil { return nil }
      var outcome = Outcome(of: item, result: .success(known.answers.compactMap { $0 }), cache: .hit)
      outcome.facts = known.facts
      outcome.facts.digest = digest
      outcome.facts.bytes = snapshot.bytes
      outcome.warnings = known.warnings
      return outcome
    }
  }

  /// The cached answers to each image, all tasks in one look-up.
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
          findings: .labels([]))
        answer.stored = stored.findings
        let kind = task.task.findingsKind
        if cache.readsFindings {
          guard let findings = FindingsReader.findings(stored.findings, kind: kind) else { continue }
          answer.findings = findings
        } else if !FindingsReader.isSound(stored.findings, kind: kind) {
          continue
        }
        known.answers[t] = answer
        known.facts.format = stored.format
        known.facts.size = stored.size
        known.facts.orientation = stored.orientation
        known.facts.pages = stored.pages
        known.warnings += stored.warnings.filter { !known.warnings.contains($0) }
      }
      return known
    }
  }

  /// Whether the limits of this run would have accepted the image.
  private func allows(_ stored: CachedAnswer) -> Bool {
    if let size = stored.size, size.area > limits.maxPixels { return false }
    return stored.warnings.isEmpty || limits.maxWarnings >= DecodeLimits().maxWarnings
  }
}
