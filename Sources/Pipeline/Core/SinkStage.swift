import Platform
import Recognition

/// A run whose outcomes leave through one sink.
protocol Completing: AnyObject {
  var completions: Channel<Completion> { get }
  var sink: any Sink { get }
  var stop: StopToken { get }
  var metrics: RunMetrics { get }
  var window: InFlightLimiter { get }
  var keepsOrder: Bool { get }
  var failureBudget: FailureBudget { get }
  /// Where new answers go to be kept; nil: nowhere.
  var cacheWriter: Channel<Completion>? { get }
}

extension ScanPipeline: Completing {
  var keepsOrder: Bool { plan.keepsOrder }
  var failureBudget: FailureBudget { plan.failureBudget }
  var cacheWriter: Channel<Completion>? { plan.cache == nil ? nil : toCache }
}

extension Completing {
  /// Departures -> records, in the order of the inputs if that was asked for.
  func runSink() {
    var early: [Int: Completion] = [:]
    var next = 0
    let toCache = self.cacheWriter
    defer { toCache?.finish() }
    var kept: [Completion] = []
    while true {
      let batch = completions.receive(atMost: 256)
      guard !batch.isEmpty else { break }
      var left = 0
      for completion in batch {
        guard keepsOrder, completion.index != next else {
          next += 1
          left += 1
          write(completion, keeping: &kept)
          while keepsOrder, !early.isEmpty, let due = early.removeValue(forKey: next) {
            next += 1
            left += 1
            write(due, keeping: &kept)
          }
          continue
        }
        early[completion.index] = completion
      }
      window.leave(left)
      toCache?.send(contentsOf: kept)
      kept.removeAll(keepingCapacity: true)
      if completions.isEmpty { trySink { () throws(SinkError) in try sink.flush() } }
    }
    precondition(early.isEmpty, "an item never left the run")
    trySink { () throws(SinkError) in try sink.finish() }
  }

  private func write(_ completion: Completion, keeping kept: inout [Completion]) {
    guard case .record(let outcome) = completion else {
      metrics.count { $0.skipped += 1 }
      return
    }
    let start = monotonicSeconds()
    trySink { () throws(SinkError) in try sink.write(outcome) }
    if cacheWriter != nil, outcome.isCacheable { kept.append(completion) }
    let seconds = monotonicSeconds() - start
    var report = RunReport()
    metrics.count {
      $0.writeSeconds += seconds
      if !outcome.warnings.isEmpty { $0.warned += 1 }
      if let failure = outcome.failure {
        $0.failed += 1
        $0.failures[failure.code, default: 0] += 1
      } else {
        $0.ok += 1
        if outcome.cache == .hit || outcome.cache == .similar { $0.cached += 1 }
        if outcome.cache == .similar { $0.similar += 1 }
      }
      report = $0
    }
    if failureBudget.isSpent(failed: report.failed, of: report.ok + report.failed) {
      stop.request(.failureBudget)
    }
  }

  /// A sink that refuses ends the run; what is under way is then counted, not written.
  private func trySink(_ body: () throws(SinkError) -> Void) {
    switch stop.reason {
    case .closedPipe, .sinkFailed: return
    default: break
    }
    do throws(SinkError) {
      try body()
    } catch {
      switch error {
      case .closedPipe: stop.request(.closedPipe)
      case .failed(let message):
        metrics.count { $0.sinkMessage = $0.sinkMessage ?? message }
        stop.request(.sinkFailed)
      }
    }
  }
}
