import Platform
import Recognition

/// Items -> records of those that the cache knows and that have not changed; the others -> readers.
struct LookupStage {
  let items: Channel<Item>.Receiver
  let unread: Channel<Item>.Sender
  let completions: Channel<Completion>.Sender
  let cache: CacheLookup
  let control: RunControl

  /// Maximum number of items in one look-up.
  static let maxBatch = 512

  func run() {
    while true {
      let batch = items.receive(atMost: Self.maxBatch)
      guard !batch.isEmpty else { return }
      guard !control.stop.isRequested else {
        completions.send(contentsOf: batch.map { .dropped(index: $0.index) })
        continue
      }
      let start = monotonicSeconds()
      var (hits, misses) = ([Completion](), [Item]())
      for (item, outcome) in zip(batch, cache.outcomes(of: batch)) {
        if let outcome { hits.append(.record(outcome)) } else { misses.append(item) }
      }
      let seconds = monotonicSeconds() - start
      control.metrics.count { $0.count(seconds, in: .lookUp) }
      completions.send(contentsOf: hits)
      // A few at a time: enough to wake the readers once for each group, and they hold little more than their channel's
      // worth.
      for start in stride(from: 0, to: misses.count, by: ReadStage.maxFiles) {
        unread.send(contentsOf: Array(misses[start..<min(misses.count, start + ReadStage.maxFiles)]))
      }
    }
  }
}
