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
public final class Run: @unchecked Sendable {  // what is not a constant belongs to one worker
  let plan: RunPlan
  let feed: any Feed
  let sink: any Sink
  let stop: Stop
  let meter: Meter

  let inputs: Channel<Item>
  /// What has to be read: all that came in, or what the store does not know.
  let unread: Channel<Item>
  /// What was read: for the decoders, or first for the store.
  let digested: Channel<Work>
  let encoded: Channel<Work>
  let prepared: [Channel<Prepared>]
  /// Of each task, one for each of its steps.
  let crops: [[Channel<CropParcel>]]
  /// Of each task, what its second network is to answer.
  let spares: [Channel<Prepared>]
  let finished: Channel<Finished>
  let departures: Channel<Departure>
  /// On its way into the store.
  let answered: Channel<Departure>
  private let artists: Int
  let slots: SlotPool
  let files = FileBufferPool(keep: 64 << 20)
  let memory: MemoryBudget
  let window: Window
  let likenesses: Likenesses?
  let order: DecodingOrder?

  public init(plan: RunPlan, feed: any Feed, sink: any Sink, stop: Stop, meter: Meter) {
    self.plan = plan
    self.feed = feed
    self.sink = sink
    self.stop = stop
    self.meter = meter
    let looksUp = plan.cache?.looksUp == true
    inputs = Channel(limit: (looksUp ? 1024 : 256) * Item.placeCost, producers: 1)
    unread = looksUp ? Channel(limit: 256 * Item.placeCost, producers: 1) : inputs
    // Files queue in front of the decoders, so that a slow disk and a busy processor do not wait for each other.
    encoded = Channel(limit: 32 << 20, producers: looksUp ? 1 : plan.readers)
    digested = looksUp ? Channel(limit: 16 << 20, producers: plan.readers) : encoded
    prepared = plan.tasks.map { Channel(limit: plan.preparedPixels($0), producers: plan.decoders) }
    let instances = plan.tasks.map(\.instances.count).reduce(0, +)
    crops = plan.tasks.map { task in
      let finders = task.instances.count + (task.spare?.instances.count ?? 0)
      return task.steps.enumerated().map { n, step in
        Channel(limit: 2 * plan.batchPixels, producers: n == 0 ? finders : task.steps[n - 1].instances.count)
      }
    }
    spares = plan.tasks.map { Channel(limit: plan.preparedPixels($0), producers: $0.instances.count) }
    let lookers =
      plan.tasks.flatMap(\.steps).map(\.instances.count).reduce(0, +)
      + plan.tasks.compactMap(\.spare).map(\.instances.count).reduce(0, +)
    likenesses = plan.similar.map { Likenesses($0, tasks: plan.tasks.map(\.task)) }
    order = plan.similar.map { _ in DecodingOrder() }
    artists = plan.artist == nil ? 0 : plan.decoders
    finished = Channel(limit: 16, producers: instances + lookers)
    departures = Channel(
      limit: looksUp ? 1024 : 256,
      producers: plan.readers + plan.decoders + instances + lookers + artists + (looksUp ? 2 : 0))
    answered = Channel(limit: 4096, producers: 1)
    slots = SlotPool(keep: plan.memory / 4)
    memory = MemoryBudget(limit: plan.memory)
    // Known items weigh little and pass fast.
    window = Window(limit: looksUp ? 4096 : 1024)
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
      start("keep") { self.runKeeper(cache) }
    }
    for n in 0..<plan.readers { start("read.\(n)") { self.runReader() } }
    for n in 0..<plan.decoders { start("decode.\(n)") { self.runDecoder() } }
    for (t, task) in plan.tasks.enumerated() {
      for n in task.instances.indices { start("infer.\(task.task).\(n)") { self.runInference(task: t, instance: n) } }
      for n in (task.spare?.instances ?? []).indices { start("spare.\(n)") { self.runSpare(task: t, instance: n) } }
      for (s, step) in task.steps.enumerated() {
        for n in step.instances.indices { start("step.\(s).\(n)") { self.runStep(task: t, step: s, instance: n) } }
      }
    }
    for n in 0..<artists { start("artist.\(n)") { self.runArtist() } }
    start("sink") { self.runSink() }
    workers.wait()

    var report = meter.report
    report.stop = stop.reason
    precondition(report.inputs == report.ok + report.failed + report.skipped, "an item was lost or told twice")
    return report
  }

  /// Lets items in, one after another, as the window allows.
  private func runFeed() {
    while !stop.isRequested, let item = feed.next() {
      window.enter()
      // Counted before it is sent: it may be out again before `send` returns.
      meter.count { $0.inputs += 1 }
      guard inputs.send(item) else {
        meter.count { $0.inputs -= 1 }
        break
      }
    }
    window.close()
    inputs.finish()
  }
}

/// Bounds the items that are inside the run, so that one slow image in front does not let the records behind it pile up
/// without end.
final class Window: Sendable {
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
    monitor.when(
      { $0.inside < limit || $0.isOpen },
      {
        $0.inside += 1
        $0.entered += 1
      })
  }

  /// Waits until more than `count` items have entered, and tells whether they have: no more may be coming.
  func hasLetIn(moreThan count: Int) -> Bool {
    monitor.when({ $0.entered > count || $0.isOpen || $0.isClosed }, { $0.entered > count })
  }

  /// Nobody comes from now on.
  func close() { monitor.change { $0.isClosed = true } }

  func leave(_ count: Int) { monitor.change { $0.inside -= count } }

  /// Lets everybody pass from now on.
  func open() { monitor.change { $0.isOpen = true } }
}
