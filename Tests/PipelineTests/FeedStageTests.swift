import Inputs
import Synchronization
import TestSupport
import Testing

@testable import Pipeline
@testable import Platform
@testable import Recognition

@Suite struct FeedStageTests {
  @Test("an item is counted as its channel takes it, and never if the channel refuses it")
  func counting() throws {
    let items = Channel<Item>(limit: 1)
    let receiver = items.receiver()
    let control = RunControl(stop: StopToken(), metrics: RunMetrics(), inFlight: InFlightLimiter(limit: 100))
    control.cancelOnStop(items)
    let thread = Mutex<ObservedThread?>(nil)
    let workers = WorkerGroup()
    do {
      let feed = ListedItems((0..<3).map { Item(index: $0, path: RawPath("\($0)")) })
      workers.start("feed", [FeedStage(feed: feed, items: items.sender(), control: control)]) { stage in
        thread.withLock { $0 = .current }
        stage.run()
      }
    }
    for taken in 1...2 {
      try waitUntil("\(taken) items are counted") { control.metrics.report.inputs >= taken }
      try thread.withLock { $0 }?.waitUntilBlocked()
      #expect(control.metrics.report.inputs == taken, "the next one waits for room")
      if taken == 1 { #expect(receiver.receive()?.index == 0) }
    }
    control.stop.request(.interrupted)
    workers.wait()
    #expect(control.metrics.report.inputs == 2)
    #expect(receiver.receive()?.index == 1)
    #expect(receiver.receive() == nil)
  }
}
