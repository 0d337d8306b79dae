import Testing

@testable import Pipeline
@testable import Platform
@testable import Recognition

@Suite struct SinkStageTests {
  private final class Records: Sink {
    var written: [Int] = []
    var pages: [Int?] = []
    var failsAt: Int?
    var dropped: [Int] = []
    var flushes = 0
    var isFinished = false

    func write(_ outcome: Outcome) throws(SinkError) {
      if outcome.index == failsAt { throw .failed("disk full") }
      written.append(outcome.index)
      pages.append(outcome.page?.number)
    }
    func drop(_ index: Int) { dropped.append(index) }
    func flush() { flushes += 1 }
    func finish() { isFinished = true }
  }

  private func record(_ index: Int, failure: Failure? = nil) -> Completion {
    .record(Outcome(index: index, path: RawPath("\(index)"), result: failure.map(Result.failure) ?? .success([])))
  }

  /// Runs the stage over `completions`; returns its sink and the report.
  private func run(
    _ completions: [Completion], keepsOrder: Bool = true, budget: FailureBudget = .unlimited,
    sink: Records = Records()
  ) -> (sink: Records, metrics: RunReport, stop: StopReason?) {
    let channel = Channel<Completion>(limit: 100)
    let receiver = channel.receiver()
    let sender = channel.sender()
    let control = RunControl(stop: StopToken(), metrics: RunMetrics(), inFlight: InFlightLimiter(limit: 100))
    let stage = SinkStage(
      completions: receiver, sink: sink, keepsOrder: keepsOrder, failureBudget: budget, control: control)
    for completion in completions { sender.send(completion) }
    channel.cancel()
    stage.run()
    return (sink, control.metrics.report, control.stop.reason)
  }

  @Test("writes in the order of the inputs, past those that were dropped")
  func order() {
    let (sink, report, _) = run([record(2), record(0), .dropped(index: 1), record(3)])
    #expect(sink.written == [0, 2, 3])
    #expect(sink.dropped == [1])
    #expect(sink.isFinished)
    #expect(report.ok == 3 && report.skipped == 1)
  }

  @Test("pages follow one another, before the next input")
  func pages() {
    func page(_ number: Int, of count: Int, _ index: Int) -> Completion {
      var outcome = Outcome(index: index, path: RawPath("\(index)"), result: .success([]))
      outcome.page = Page(number, of: count)
      return .record(outcome)
    }
    let sink = Records()
    let (_, report, _) = run(
      [
        record(2), page(3, of: 3, 1), page(1, of: 3, 1), record(0), .dropped(index: 1, page: Page(2, of: 3)),
        page(2, of: 2, 3), page(1, of: 2, 3), record(4),
      ], sink: sink)
    #expect(sink.written == [0, 1, 1, 2, 3, 3, 4])
    #expect(sink.pages == [nil, 1, 3, nil, 1, 2, nil])
    #expect(report.ok == 7 && report.skipped == 1)
  }

  @Test("writes as they come if order does not matter")
  func unordered() {
    #expect(run([record(2), record(0), record(1)], keepsOrder: false).sink.written == [2, 0, 1])
  }

  @Test("counts failures by code, and stops the run when the failure budget is spent")
  func failures() {
    let failure = Failure(.decode, .truncated, "cut")
    let (_, report, stop) = run([record(0, failure: failure), record(1, failure: failure)], budget: .count(1))
    #expect(report.failed == 2)
    #expect(report.failures == [.truncated: 2])
    #expect(stop == .failureBudget)
  }

  @Test("a sink that fails stops the run; the rest is counted and not written")
  func failingSink() {
    let sink = Records()
    sink.failsAt = 1
    let (_, report, stop) = run([record(0), record(1), record(2)], sink: sink)
    #expect(sink.written == [0])
    #expect(stop == .sinkFailed)
    #expect(report.sinkMessage == "disk full")
    #expect(report.ok == 3)
  }
}
