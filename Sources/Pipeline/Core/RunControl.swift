import Recognition

/// The state of a run that every stage sees: whether to stop, where to count, and the items in flight.
struct RunControl: Sendable {
  let stop: StopToken
  let metrics: RunMetrics
  let inFlight: InFlightLimiter

  /// When the run is stopped, takes no more items from `inputs` and lets the feed run out.
  func cancelOnStop(_ inputs: Channel<Item>) {
    stop.onRequest { [inFlight] in
      inputs.cancel()
      inFlight.lift()
    }
  }

  /// The report of a run whose workers have ended.
  ///
  /// Asserts the invariant of every run: each item that entered is reported exactly once.
  func report() -> RunReport {
    var report = metrics.report
    report.stop = stop.reason
    precondition(
      report.inputs == report.ok + report.failed + report.skipped,
      "item counts do not add up: one was lost or reported twice")
    return report
  }
}

/// Items of a feed -> the first channel of a run.
struct FeedStage {
  let feed: any Feed
  let items: Channel<Item>.Sender
  let control: RunControl

  /// Members of archives that wait to be read: 64 MiB, or one that is larger.
  private let members = MemoryBudget(limit: 64 << 20)

  init(feed: any Feed, items: Channel<Item>.Sender, control: RunControl) {
    self.feed = feed
    self.items = items
    self.control = control
  }

  func run() {
    while !control.stop.isRequested {
      guard var item = feed.next() else {
        // A feed also ends early when its run is stopped.
        if !control.stop.isRequested { control.metrics.count { $0.isWhole = true } }
        break
      }
      if case .bytes(let bytes) = item.origin { item.hold = MemoryHold(of: bytes.count, in: members) }
      control.inFlight.enter()
      // Counted as the channel takes it: afterwards it may have left the run, and an item that the channel of a stopped
      // run refuses must not count, as the report is not made to wait for the feed.
      guard items.send(item, onAccepted: { control.metrics.count { $0.inputs += 1 } }) else { break }
    }
    control.inFlight.close()
  }
}
