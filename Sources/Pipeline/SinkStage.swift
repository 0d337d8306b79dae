import Recognition

/// A run whose outcomes leave through one sink.
protocol Departing: AnyObject {
  var departures: Channel<Departure> { get }
  var sink: any Sink { get }
  var stop: Stop { get }
  var meter: Meter { get }
  var window: Window { get }
  var keepsOrder: Bool { get }
  var failureBudget: FailureBudget { get }
  /// Where new answers go to be kept; nil: nowhere.
  var keeper: Channel<Departure>? { get }
}

extension Run: Departing {
  var keepsOrder: Bool { plan.keepsOrder }
  var failureBudget: FailureBudget { plan.failureBudget }
  var keeper: Channel<Departure>? { plan.cache == nil ? nil : answered }
}

extension Departing {
  /// Departures -> records, in the order of the inputs if that was asked for.
  func runSink() {
    var early: [Int: Departure] = [:]
    var next = 0
    let keeper = self.keeper
    defer { keeper?.finish() }
    var kept: [Departure] = []
    while true {
      let batch = departures.receive(atMost: 256)
      guard !batch.isEmpty else { break }
      var left = 0
      for departure in batch {
        guard keepsOrder, departure.index != next else {
          next += 1
          left += 1
          write(departure, keeping: &kept)
          while keepsOrder, !early.isEmpty, let due = early.removeValue(forKey: next) {
            next += 1
            left += 1
            write(due, keeping: &kept)
          }
          continue
        }
        early[departure.index] = departure
      }
      window.leave(left)
      keeper?.send(contentsOf: kept)
      kept.removeAll(keepingCapacity: true)
      if departures.isEmpty { trySink { () throws(SinkError) in try sink.flush() } }
    }
    precondition(early.isEmpty, "an item never left the run")
    trySink { () throws(SinkError) in try sink.finish() }
  }

  private func write(_ departure: Departure, keeping kept: inout [Departure]) {
    guard case .record(let outcome) = departure else {
      meter.count { $0.skipped += 1 }
      return
    }
    let start = monotonicSeconds()
    trySink { () throws(SinkError) in try sink.write(outcome) }
    if keeper != nil, outcome.isNews { kept.append(departure) }
    let seconds = monotonicSeconds() - start
    var report = RunReport()
    meter.count {
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
        meter.count { $0.sinkMessage = $0.sinkMessage ?? message }
        stop.request(.sinkFailed)
      }
    }
  }
}
