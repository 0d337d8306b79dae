import Platform
import Recognition

extension ScanPipeline {
  /// Items in a batch of look-ups, at most.
  private static let batch = 512
  /// Files that one reader takes at once, at most.
  static let reads = 16
  /// Stamps alone wait for each other: each commit makes the connections that look up forget their pages.
  private static let stamps = 4096

  /// Items -> records of those that the store knows and that have not changed; the others -> readers.
  func runLookup(_ cache: CacheConfiguration) {
    let lookup = CacheLookup(cache, limits: plan.limits, maxFileSize: plan.maxFileSize)
    defer {
      unread.finish()
      completions.finish()
    }
    while true {
      let items = inputs.receive(atMost: Self.batch)
      guard !items.isEmpty else { return }
      guard !stop.isRequested else {
        completions.send(contentsOf: items.map { .dropped(index: $0.index) })
        continue
      }
      let start = monotonicSeconds()
      var (hits, left) = ([Completion](), [Item]())
      for (item, outcome) in zip(items, lookup.outcomes(of: items)) {
        if let outcome { hits.append(.record(outcome)) } else { left.append(item) }
      }
      let seconds = monotonicSeconds() - start
      metrics.count { $0.lookupSeconds += seconds }
      completions.send(contentsOf: hits)
      // A few at a time: enough that nobody is woken up for each, and the readers hold little more than their channel's
      // worth.
      for start in stride(from: 0, to: left.count, by: Self.reads) {
        unread.send(contentsOf: Array(left[start..<min(left.count, start + Self.reads)]))
      }
    }
  }

  /// Files in memory -> records of those whose bytes the store knows; the others -> decoders.
  func runMatch(_ cache: CacheConfiguration) {
    let lookup = CacheLookup(cache, limits: plan.limits, maxFileSize: plan.maxFileSize)
    defer {
      encoded.finish()
      completions.finish()
    }
    while true {
      let jobs = digested.receive(atMost: Self.batch)
      guard !jobs.isEmpty else { return }
      let start = monotonicSeconds()
      let known = lookup.answers(jobs.map { $0.facts.digest ?? [] })
      let seconds = monotonicSeconds() - start
      metrics.count { $0.lookupSeconds += seconds }
      var hits: [Completion] = []
      for (job, known) in zip(jobs, known) {
        if !known.isEmpty { job.merge(known) }
        guard known.isWhole else { continue }
        job.cache = .hit
        job.facts.format = known.facts.format
        job.facts.size = known.facts.size
        job.facts.orientation = known.facts.orientation
        if let bytes = job.bytes { files.release(bytes) }
        job.bytes = nil
        hits.append(.record(job.outcome(.success(known.answers.compactMap { $0 }))))
      }
      completions.send(contentsOf: hits)
      for job in jobs where job.bytes != nil { encoded.send(job) }
    }
  }

  /// What is new -> the store, after its record was written.
  func runCacheWriter(_ cache: CacheConfiguration) {
    var batch = StoreBatch()
    while true {
      let completions = toCache.receive(atMost: Self.batch)
      for case .record(let outcome) in completions {
        guard let digest = outcome.facts.digest, case .success(let answers) = outcome.result else { continue }
        for (answer, queries) in zip(answers, cache.queries) where answer.isCacheable {
          batch.answers.append(
            (
              AnswerKey(image: digest, query: queries.query),
              cache.encode(answer, outcome.facts, outcome.warnings)
            ))
        }
        if let stamp = outcome.stamp { batch.stamps.append((stamp, digest)) }
      }
      if completions.isEmpty || !batch.answers.isEmpty || batch.stamps.count >= Self.stamps {
        cache.store.put(batch)
        batch = StoreBatch()
      }
      if completions.isEmpty { return }
    }
  }
}

extension Outcome {
  /// Whether a store should hear of it.
  var isCacheable: Bool {
    guard cache != .similar, facts.digest != nil, case .success(let answers) = result else { return false }
    return stamp != nil || answers.contains(where: \.isCacheable)
  }
}

extension Answer {
  /// Whether it answers its task's question and is not kept yet. What a fallback said is no such answer.
  var isCacheable: Bool { stored == nil && !isFallback }
}
