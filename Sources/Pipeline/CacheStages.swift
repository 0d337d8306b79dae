import Codecs
import Recognition

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Run {
  /// Items in a batch of look-ups, at most.
  private static let batch = 512
  /// Files that one reader takes at once, at most.
  static let reads = 16
  /// Stamps alone wait for each other: each commit makes the connections that look up forget their pages.
  private static let stamps = 4096

  /// Items -> records of those that the store knows and that have not changed; the others -> readers.
  func runLookup(_ cache: CachePlan) {
    let recall = Recall(cache, limits: plan.limits, maxFileSize: plan.maxFileSize)
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
      for (item, outcome) in zip(items, recall.outcomes(of: items)) {
        if let outcome { hits.append(.record(outcome)) } else { left.append(item) }
      }
      let seconds = monotonicSeconds() - start
      meter.count { $0.lookupSeconds += seconds }
      departures.send(contentsOf: hits)
      // A few at a time: enough that nobody is woken up for each, and the readers hold little more than their channel's
      // worth.
      for start in stride(from: 0, to: left.count, by: Self.reads) {
        unread.send(contentsOf: Array(left[start..<min(left.count, start + Self.reads)]))
      }
    }
  }

  /// Files in memory -> records of those whose bytes the store knows; the others -> decoders.
  func runMatch(_ cache: CachePlan) {
    let recall = Recall(cache, limits: plan.limits, maxFileSize: plan.maxFileSize)
    defer {
      encoded.finish()
      departures.finish()
    }
    while true {
      let works = digested.receive(atMost: Self.batch)
      guard !works.isEmpty else { return }
      let start = monotonicSeconds()
      let known = recall.answers(works.map { $0.facts.digest ?? [] })
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
    var batch = StoreBatch()
    while true {
      let departures = answered.receive(atMost: Self.batch)
      for case .record(let outcome) in departures {
        guard let digest = outcome.facts.digest, case .success(let answers) = outcome.result else { continue }
        for (answer, asked) in zip(answers, cache.asked) where answer.isNews {
          batch.answers.append(
            (
              AnswerKey(image: digest, question: asked.question),
              cache.encode(answer, outcome.facts, outcome.warnings)
            ))
        }
        if let stamp = outcome.stamp { batch.stamps.append((stamp, digest)) }
      }
      if departures.isEmpty || !batch.answers.isEmpty || batch.stamps.count >= Self.stamps {
        cache.store.put(batch)
        batch = StoreBatch()
      }
      if departures.isEmpty { return }
    }
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

/// Nanoseconds since 1970.
func clockNanoseconds() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
