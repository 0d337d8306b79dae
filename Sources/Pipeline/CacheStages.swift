import Codecs
import Recognition

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How a run uses a store.
public struct CachePlan: Sendable {
  public var store: any ResultStore
  /// False: everything is recognised anew, and kept.
  public var looksUp: Bool
  /// What is asked of each image, in the order of the tasks.
  public var questions: [Question]
  /// Writes an answer as the store keeps it (`StoredAnswer`).
  public var encode: @Sendable (Answer, ImageFacts, [String]) -> [UInt8]
  /// Reads kept findings, where the sink needs them as more than JSON.
  public var decode: (@Sendable ([UInt8], TaskKind) -> Findings?)?

  public init(
    store: any ResultStore, looksUp: Bool = true, questions: [Question],
    encode: @escaping @Sendable (Answer, ImageFacts, [String]) -> [UInt8],
    decode: (@Sendable ([UInt8], TaskKind) -> Findings?)? = nil
  ) {
    self.store = store
    self.looksUp = looksUp
    self.questions = questions
    self.encode = encode
    self.decode = decode
  }
}

/// What a store knows of one image.
struct KnownAnswers {
  /// In the order of the tasks.
  var answers: [Answer?]
  var facts = ImageFacts()
  var warnings: [String] = []

  /// Whether nothing is left to be done.
  var isWhole: Bool { !answers.contains { $0 == nil } }
  var isEmpty: Bool { !answers.contains { $0 != nil } }
}

extension Run {
  /// Items in a batch of look-ups, at most.
  private static let batch = 512

  /// Items -> records of those that the store knows and that have not changed; the others -> readers.
  func runLookup(_ cache: CachePlan) {
    defer {
      unread.finish()
      departures.finish()
    }
    while true {
      let items = inputs.receive(atMost: Self.batch)
      guard !items.isEmpty else { return }
      guard !stop.isRequested else {
        departures.send(contentsOf: items.map { .dropped(index: $0.index) })
        continue
      }
      let start = monotonicSeconds()
      var (hits, left) = ([Departure](), [Item]())
      let stamps = items.map { item in
        item.file.flatMap { FileStamp(path: $0, maxBytes: plan.maxFileSize) }
      }
      var digests = cache.store.digests(of: stamps.compactMap { $0 })[...]
      let known = stamps.map { stamp in stamp == nil ? nil : digests.popFirst() ?? nil }
      var answers = answers(cache, known.compactMap { $0 })[...]
      for (n, item) in items.enumerated() {
        guard let digest = known[n], let answer = answers.popFirst(), answer.isWhole else {
          left.append(item)
          continue
        }
        var outcome = Outcome(
          index: item.index, path: item.path, result: .success(answer.answers.compactMap { $0 }), cache: .hit)
        outcome.facts = answer.facts
        outcome.facts.digest = digest
        outcome.facts.bytes = stamps[n].map { Int($0.size) }
        outcome.warnings = answer.warnings
        hits.append(.record(outcome))
      }
      let seconds = monotonicSeconds() - start
      meter.count { $0.lookupSeconds += seconds }
      departures.send(contentsOf: hits)
      // One by one: the readers hold no more than their channel's worth.
      for item in left { unread.send(item) }
    }
  }

  /// Files in memory -> records of those whose bytes the store knows; the others -> decoders.
  func runMatch(_ cache: CachePlan) {
    defer {
      encoded.finish()
      departures.finish()
    }
    while true {
      let works = digested.receive(atMost: Self.batch)
      guard !works.isEmpty else { return }
      let start = monotonicSeconds()
      let known = answers(cache, works.map { $0.facts.digest ?? [] })
      let seconds = monotonicSeconds() - start
      meter.count { $0.lookupSeconds += seconds }
      var hits: [Departure] = []
      for (work, known) in zip(works, known) {
        if !known.isEmpty { work.adopt(known) }
        guard known.isWhole else { continue }
        work.cache = .hit
        work.facts.format = known.facts.format
        work.facts.size = known.facts.size
        work.facts.orientation = known.facts.orientation
        if let bytes = work.bytes { files.give(bytes) }
        work.bytes = nil
        hits.append(.record(work.outcome(.success(known.answers.compactMap { $0 }))))
      }
      departures.send(contentsOf: hits)
      for work in works where work.bytes != nil { encoded.send(work) }
    }
  }

  /// What is new -> the store, after its record was written.
  func runKeeper(_ cache: CachePlan) {
    while true {
      let departures = answered.receive(atMost: Self.batch)
      guard !departures.isEmpty else { return }
      var batch = StoreBatch()
      for case .record(let outcome) in departures {
        guard let digest = outcome.facts.digest, case .success(let answers) = outcome.result else { continue }
        for (answer, question) in zip(answers, cache.questions) where answer.isNews {
          batch.answers.append(
            (
              AnswerKey(image: digest, question: question),
              cache.encode(answer, outcome.facts, outcome.warnings)
            ))
        }
        if let stamp = outcome.stamp { batch.stamps.append((stamp, digest)) }
      }
      cache.store.put(batch)
    }
  }

  /// What is known of each image, every task in one look-up.
  private func answers(_ cache: CachePlan, _ digests: [[UInt8]]) -> [KnownAnswers] {
    guard !digests.isEmpty else { return [] }
    let values = cache.store.answers(
      to: digests.flatMap { digest in cache.questions.map { AnswerKey(image: digest, question: $0) } })
    return digests.indices.map { n in
      var known = KnownAnswers(answers: Array(repeating: nil, count: plan.tasks.count))
      for (t, task) in plan.tasks.enumerated() {
        guard let value = values[n * plan.tasks.count + t], let stored = StoredAnswer(value), allows(stored) else {
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
  private func allows(_ stored: StoredAnswer) -> Bool {
    if let size = stored.size, size.area > plan.limits.maxPixels { return false }
    return stored.warnings.isEmpty || plan.limits.maxWarnings >= DecodeLimits().maxWarnings
  }
}

extension Outcome {
  /// Whether a store should hear of it.
  var isNews: Bool {
    guard cache != .similar, facts.digest != nil, case .success(let answers) = result else { return false }
    return stamp != nil || answers.contains(where: \.isNews)
  }
}

extension Answer {
  /// Whether it answers its task's question and is not kept yet. What a fallback said is no such answer.
  var isNews: Bool { stored == nil && !isMakeshift }
}

extension FileStamp {
  /// The file that `path` leads to; nil where it is no file that would be read.
  init?(path: PathBytes, maxBytes: Int) {
    var status = stat()
    guard SystemPath.examine(path, &status) == 0, SystemPath.kind(status) == S_IFREG, status.st_size > 0,
      Int(status.st_size) <= maxBytes
    else { return nil }
    self.init(status)
  }

  init(_ status: stat) {
    #if os(Linux)
      let (modified, changed) = (status.st_mtim, status.st_ctim)
    #else
      let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
    #endif
    self.init(
      device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(truncatingIfNeeded: status.st_ino),
      size: Int64(status.st_size), modified: Self.nanoseconds(modified), changed: Self.nanoseconds(changed))
  }

  private static func nanoseconds(_ time: timespec) -> Int64 {
    Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }
}

/// Nanoseconds since 1970.
func clockNanoseconds() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
