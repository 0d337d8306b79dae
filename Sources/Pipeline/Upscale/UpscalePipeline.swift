import Dispatch
import Recognition

/// The way of every picture that is enlarged:
///
///     feed -> read -> decode -> cut into tiles -> infer -> bands of rows -> encode + write -> sink
///
/// Tiles of several pictures go through the network together. What a picture holds (its pixels, two bands, what its
/// encoder keeps) is taken from the memory budget at once, before it is decoded, and given back when it is written: no
/// picture waits for memory while it holds some.
public final class UpscalePipeline: Completing, @unchecked Sendable {  // what is not a constant belongs to one worker
  let plan: UpscaleConfiguration
  let feed: any Feed
  let sink: any Sink
  let stop: StopToken
  let metrics: RunMetrics
  let duration: DurationEstimator

  let inputs: Channel<Item>
  let encoded: Channel<EncodedPicture>
  let decoded: Channel<UpscaleJob>
  let tiles: Channel<Tile>
  let encoding: Channel<UpscaleJob>
  let completions: Channel<Completion>
  let slots: SlotPool
  let files = FileBufferPool(keep: 64 << 20)
  let memory: MemoryBudget
  let window = InFlightLimiter(limit: 1024)

  var keepsOrder: Bool { plan.keepsOrder }
  var cacheWriter: Channel<Completion>? { nil }
  var failureBudget: FailureBudget { plan.failureBudget }

  /// Two, so that a large picture whose bands wait for their encoder does not hold up the small ones behind it.
  private static let cutters = 2

  /// `estimate` is told once, when a long run can be foreseen; see `DurationEstimator`.
  public init(
    plan: UpscaleConfiguration, feed: any Feed, sink: any Sink, stop: StopToken, metrics: RunMetrics,
    total: @escaping @Sendable () -> Int?,
    estimate: @escaping @Sendable (DurationEstimator.Estimate) -> Void
  ) {
    self.plan = plan
    self.feed = feed
    self.sink = sink
    self.stop = stop
    self.metrics = metrics
    duration = DurationEstimator(instances: plan.instances.count, total: total, tell: estimate)
    inputs = Channel(limit: 256 * Item.placeCost, producers: 1)
    encoded = Channel(limit: 32 << 20, producers: 1)
    decoded = Channel(limit: plan.workers, producers: plan.workers)
    tiles = Channel(
      limit: max(plan.batchBudget, plan.tileSize.area) * 2 * plan.instances.count, producers: Self.cutters)
    encoding = Channel(limit: 1024, producers: Self.cutters)
    completions = Channel(limit: 256, producers: 1 + 2 * plan.workers + Self.cutters)
    slots = SlotPool(keep: 64 << 20)
    memory = MemoryBudget(limit: plan.memory)
  }

  /// Runs to the end of the feed, or until it is stopped, and tells what was done.
  public func run() -> RunReport {
    stop.onRequest { [inputs, window] in
      inputs.cancel()
      window.open()
    }
    DispatchQueue(label: "imgrec.feed").async { self.runFeed() }
    let workers = DispatchGroup()
    func start(_ label: String, _ loop: @escaping @Sendable () -> Void) {
      DispatchQueue(label: "imgrec.\(label)").async(group: workers, execute: loop)
    }
    start("read") { self.runReader() }
    for n in 0..<plan.workers { start("decode.\(n)") { self.runDecoder() } }
    for n in 0..<Self.cutters { start("cut.\(n)") { self.runCutter() } }
    for n in plan.instances.indices { start("infer.\(n)") { self.runInference(n) } }
    for n in 0..<plan.workers { start("encode.\(n)") { self.runEncoder() } }
    start("sink") { self.runSink() }
    workers.wait()

    var report = metrics.report
    report.stop = stop.reason
    precondition(report.inputs == report.ok + report.failed + report.skipped, "an item was lost or told twice")
    return report
  }

  private func runFeed() {
    while !stop.isRequested, let item = feed.next() {
      window.enter()
      metrics.count { $0.inputs += 1 }
      guard inputs.send(item) else {
        metrics.count { $0.inputs -= 1 }
        break
      }
    }
    inputs.finish()
  }

  /// The one answer of a record.
  func answer(_ upscaled: Upscaled) -> Answer {
    Answer(task: .upscale, model: plan.model.reference, findings: .upscaled(upscaled))
  }
}
