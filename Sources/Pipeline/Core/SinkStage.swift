import Platform
import Recognition

/// Completions -> records, in the order of the inputs if `keepsOrder`.
struct SinkStage {
  let completions: Channel<Completion>.Receiver
  let sink: any Sink
  let keepsOrder: Bool
  let failureBudget: FailureBudget
  /// Receives the new answers once their records are written; nil without a cache.
  var toCache: Channel<Completion>.Sender?
  let control: RunControl

  func run() {
    var early: [Place: Completion] = [:]
    var next = Place(index: 0)
    var written: [Completion] = []
    while true {
      let batch = completions.receive(atMost: 256)
      guard !batch.isEmpty else { break }
      var left = 0
      for completion in batch {
        guard keepsOrder, completion.place != next else {
          next = completion.followingPlace
          left += 1
          write(completion, caching: &written)
          while keepsOrder, !early.isEmpty, let due = early.removeValue(forKey: next) {
            next = due.followingPlace
            left += 1
            write(due, caching: &written)
          }
          continue
        }
        early[completion.place] = completion
      }
      control.inFlight.leave(left)
      toCache?.send(contentsOf: written)
      written.removeAll(keepingCapacity: true)
      if completions.isEmpty { trySink { () throws(SinkError) in try sink.flush() } }
    }
    precondition(early.isEmpty, "an item never left the run")
    trySink { () throws(SinkError) in try sink.finish() }
  }

  private func write(_ completion: Completion, caching written: inout [Completion]) {
    guard case .record(var outcome) = completion else {
      sink.drop(completion.place.index)
      control.metrics.count { $0.skipped += 1 }
      return
    }
    let start = monotonicSeconds()
    if let failure = trySink({ () throws(SinkError) in try sink.write(outcome) }) { outcome.fileFailure = failure }
    if toCache != nil, outcome.isCacheable { written.append(completion) }
    let seconds = monotonicSeconds() - start
    let (failed, all) = control.metrics.count {
      $0.count(seconds, in: .write)
      $0.count(outcome)
      return ($0.failed, $0.ok + $0.failed)
    }
    if failureBudget.isSpent(failed: failed, of: all) {
      control.stop.request(.failureBudget)
    }
  }

  /// A sink that fails ends the run; what is under way is then counted, not written. Returns a failure that concerns one
  /// item alone.
  @discardableResult
  private func trySink(_ body: () throws(SinkError) -> Void) -> Failure? {
    switch control.stop.reason {
    case .closedPipe, .sinkFailed: return nil
    case .interrupted, .failureBudget, nil: break
    }
    do throws(SinkError) {
      try body()
    } catch {
      switch error {
      case .item(let failure): return failure
      case .closedPipe: control.stop.request(.closedPipe)
      case .failed(let message):
        control.metrics.count { $0.sinkMessage = $0.sinkMessage ?? message }
        control.stop.request(.sinkFailed)
      }
    }
    return nil
  }
}
