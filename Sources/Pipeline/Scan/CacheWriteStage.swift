import Recognition
import Records

/// New answers -> the cache, after their records were written.
struct CacheWriteStage {
  let completions: Channel<Completion>.Receiver
  let cache: CacheConfiguration

  /// File stamps without answers are written in batches of this size: each commit makes the connections that look up
  /// drop their page caches.
  private static let stampBatch = 4096

  func run() {
    var batch = StoreBatch()
    while true {
      let completed = completions.receive(atMost: LookupStage.maxBatch)
      for case .record(let outcome) in completed {
        guard let digest = outcome.facts.digest, case .success(let answers) = outcome.result else { continue }
        for (answer, task) in zip(answers, cache.queries) where answer.isCacheable {
          batch.answers.append(
            (
              AnswerKey(image: AnswerKey.image(digest, page: outcome.page), query: task.query),
              CachedAnswer.bytes(
                of: answer.findings, model: answer.answeringModel, facts: outcome.facts, warnings: outcome.warnings)
            ))
        }
        if let exif = outcome.facts.exif, outcome.page?.index ?? 0 == 0 {
          batch.answers.append((AnswerKey(image: digest, query: CachedExif.query), CachedExif.bytes(of: exif)))
        }
        if let stamp = outcome.stamp { batch.stamps.append((stamp, digest)) }
      }
      if completed.isEmpty || !batch.answers.isEmpty || batch.stamps.count >= Self.stampBatch {
        cache.store.put(batch)
        batch = StoreBatch()
      }
      if completed.isEmpty { return }
    }
  }
}

extension Outcome {
  /// Whether the cache gains from it.
  var isCacheable: Bool {
    guard cache != .similar, facts.digest != nil, case .success(let answers) = result else { return false }
    return stamp != nil || answers.contains(where: \.isCacheable)
  }
}

extension Answer {
  /// Whether it answers its task's query and is not cached yet. A fallback's answer is not what the query asks for.
  var isCacheable: Bool { stored == nil && !isFallback }
}
