import Platform
import Recognition

/// Files in memory -> records of those whose bytes the cache knows; the others -> decoders.
struct MatchStage {
  let jobs: Channel<ImageJob>.Receiver
  let unmatched: Channel<ImageJob>.Sender
  let completions: Channel<Completion>.Sender
  let cache: CacheLookup
  let files: FileBufferPool
  let control: RunControl

  func run() {
    while true {
      let batch = jobs.receive(atMost: LookupStage.maxBatch)
      guard !batch.isEmpty else { return }
      guard !control.stop.dropsWaiting else {
        for job in batch {
          if let bytes = job.bytes { files.release(bytes) }
          job.bytes = nil
        }
        completions.send(contentsOf: batch.map(\.dropped))
        continue
      }
      let start = monotonicSeconds()
      let cached = cache.answers(batch.map { AnswerKey.image($0.facts.digest ?? [], page: $0.page) })
      let seconds = monotonicSeconds() - start
      control.metrics.count { $0.count(seconds, in: .lookUp) }
      var hits: [Completion] = []
      for (job, cached) in zip(batch, cached) {
        if !cached.isEmpty { job.merge(cached) }
        guard cached.isComplete else { continue }
        job.cache = .hit
        job.facts.format = cached.facts.format
        job.facts.rawKind = cached.facts.rawKind
        job.facts.size = cached.facts.size
        job.facts.orientation = cached.facts.orientation
        job.facts.pages = cached.facts.pages
        if let bytes = job.bytes { files.release(bytes) }
        job.bytes = nil
        hits.append(.record(job.outcome(.success(cached.answers.compactMap { $0 }))))
      }
      completions.send(contentsOf: hits)
      for job in batch where job.bytes != nil { unmatched.send(job) }
    }
  }
}
