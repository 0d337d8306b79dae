import Dispatch
import Recognition

/// The way of every image:
///
///     feed -> read -> decode + prepare -> infer + interpret [-> crops -> infer ...] [-> draw] -> sink
///
/// With a store, items are looked up before they are read, and again by their digest before they are decoded; what is
/// known goes straight to the sink, and what is new from the sink into the store.
///
/// A worker is one serial queue that runs one loop; a failure, from any stage, goes straight to the sink. The law, which
/// `run` checks at its end: every item that enters leaves exactly once.
public final class ScanPipeline: @unchecked Sendable {  // what is not a constant belongs to one worker
  let plan: ScanConfiguration
  let feed: any Feed
  let sink: any Sink
  let stop: StopToken
  let metrics: RunMetrics

  let inputs: Channel<Item>
  /// What has to be read: all that came in, or what the store does not know.
  let unread: Channel<Item>
  /// What was read: for the decoders, or first for the store.
  let digested: Channel<ImageJob>
  let encoded: Channel<ImageJob>
  let prepared: [Channel<InferenceRequest>]
  /// Of each task, one for each of its steps.
  let crops: [[Channel<CropRequest>]]
  /// Of each task, what its second network is to answer.
  let escalated: [Channel<InferenceRequest>]
  let finished: Channel<AnnotationRequest>
  let completions: Channel<Completion>
  /// On its way into the store.
  let toCache: Channel<Completion>
  private let annotators: Int
  let slots: SlotPool
  let files = FileBufferPool(keep: 64 << 20)
  let memory: MemoryBudget
  let window: InFlightLimiter
  let similarImages: SimilarImages?
  let order: DecodeSequencer?

  public init(plan: ScanConfiguration, feed: any Feed, sink: any Sink, stop: StopToken, metrics: RunMetrics) {
    self.plan = plan
    self.feed = feed
    self.sink = sink
    self.stop = stop
    self.metrics = metrics
    let looksUp = plan.cache?.looksUp == true
    inputs = Channel(limit: (looksUp ? 1024 : 256) * Item.placeCost, producers: 1)
    unread = looksUp ? Channel(limit: 256 * Item.placeCost, producers: 1) : inputs
    // Files queue in front of the decoders, so that a slow disk and a busy processor do not wait for each other.
    encoded = Channel(limit: 32 << 20, producers: looksUp ? 1 : plan.readers)
    digested = looksUp ? Channel(limit: 16 << 20, producers: plan.readers) : encoded
    prepared = plan.tasks.map { Channel(limit: plan.preparedPixels($0), producers: plan.decoders) }
    let instances = plan.tasks.map(\.instances.count).reduce(0, +)
    crops = plan.tasks.map { task in
      let finders = task.instances.count + (task.secondModel?.instances.count ?? 0)
      return task.steps.enumerated().map { n, step in
        Channel(limit: 2 * plan.batchPixels, producers: n == 0 ? finders : task.steps[n - 1].instances.count)
      }
    }
    escalated = plan.tasks.map { Channel(limit: plan.preparedPixels($0), producers: $0.instances.count) }
    let lookers =
      plan.tasks.flatMap(\.steps).map(\.instances.count).reduce(0, +)
      + plan.tasks.compactMap(\.secondModel).map(\.instances.count).reduce(0, +)
    similarImages = plan.similar.map { SimilarImages($0, tasks: plan.tasks.map(\.task)) }
    order = plan.similar.map { _ in DecodeSequencer() }
    annotators = plan.annotator == nil ? 0 : plan.decoders
    finished = Channel(limit: 16, producers: instances + lookers)
    completions = Channel(
      limit: looksUp ? 1024 : 256,
      producers: plan.readers + plan.decoders + instances + lookers + annotators + (looksUp ? 2 : 0))
    toCache = Channel(limit: 4096, producers: 1)
    slots = SlotPool(keep: plan.memory / 4)
    memory = MemoryBudget(limit: plan.memory)
    // Known items weigh little and pass fast.
    window = InFlightLimiter(limit: looksUp ? 4096 : 1024)
  }

  /// Runs to the end of the feed, or until it is stopped, and tells what was done.
  public func run() -> RunReport {
    stop.onRequest { [inputs, window] in
      inputs.cancel()
      window.open()
    }
    // The feed may be blocked on a terminal or a pipe when the run is stopped; nobody waits for it.
    DispatchQueue(label: "imgrec.feed").async { self.runFeed() }

    let workers = DispatchGroup()
    func start(_ label: String, _ loop: @escaping @Sendable () -> Void) {
      DispatchQueue(label: "imgrec.\(label)").async(group: workers, execute: loop)
    }
    if let cache = plan.cache {
      if cache.looksUp {
        start("lookup") { self.runLookup(cache) }
        start("match") { self.runMatch(cache) }
      }
      start("keep") { self.runCacheWriter(cache) }
    }
    for n in 0..<plan.readers { start("read.\(n)") { self.runReader() } }
    for n in 0..<plan.decoders { start("decode.\(n)") { self.runDecoder() } }
    for (t, task) in plan.tasks.enumerated() {
      for n in task.instances.indices { start("infer.\(task.task).\(n)") { self.runInference(task: t, instance: n) } }
      for n in (task.secondModel?.instances ?? []).indices {
        start("spare.\(n)") { self.runSecondModel(task: t, instance: n) }
      }
      for (s, step) in task.steps.enumerated() {
        for n in step.instances.indices {
          start("step.\(s).\(n)") { self.runSecondStage(task: t, step: s, instance: n) }
        }
      }
    }
    for n in 0..<annotators { start("artist.\(n)") { self.runAnnotator() } }
    start("sink") { self.runSink() }
    workers.wait()

    var report = metrics.report
    report.stop = stop.reason
    precondition(report.inputs == report.ok + report.failed + report.skipped, "an item was lost or told twice")
    return report
  }

  /// Lets items in, one after another, as the window allows.
  private func runFeed() {
    while !stop.isRequested, let item = feed.next() {
      window.enter()
      // Counted before it is sent: it may be out again before `send` returns.
      metrics.count { $0.inputs += 1 }
      guard inputs.send(item) else {
        metrics.count { $0.inputs -= 1 }
        break
      }
    }
    window.close()
    inputs.finish()
  }
}

/// Bounds the items that are inside the run, so that one slow image in front does not let the records behind it pile up
/// without end.
final class InFlightLimiter: Sendable {
  private struct State {
    var inside = 0
    var entered = 0
    var isOpen = false
    var isClosed = false
  }
  private let limit: Int
  private let monitor = Monitor(State())

  init(limit: Int) { self.limit = limit }

  func enter() {
    let limit = self.limit
    monitor.wait(
      until: { $0.inside < limit || $0.isOpen },
      {
        $0.inside += 1
        $0.entered += 1
      })
  }

  /// Waits until more than `count` items have entered, and tells whether they have: no more may be coming.
  func hasLetIn(moreThan count: Int) -> Bool {
    monitor.wait(until: { $0.entered > count || $0.isOpen || $0.isClosed }, { $0.entered > count })
  }

  /// Nobody comes from now on.
  func close() { monitor.update { $0.isClosed = true } }

  func leave(_ count: Int) { monitor.update { $0.inside -= count } }

  /// Lets everybody pass from now on.
  func open() { monitor.update { $0.isOpen = true } }
}
