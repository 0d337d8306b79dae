import Inputs
import Recognition

/// The way of every picture that is upscaled:
///
///     feed -> read -> decode -> cut into tiles -> infer -> bands of rows -> encode + write -> sink
///
/// Tiles of several pictures go through the network together. What a picture holds (its pixels, two bands, what its
/// encoder keeps) is acquired from the memory budget at once, before it is decoded, and released when it is written: no
/// picture waits for memory while it holds some.
public struct UpscalePipeline {
  private let configuration: UpscaleConfiguration
  private let feed: any Feed
  private let sink: any Sink
  private let control: RunControl
  private let estimator: DurationEstimator

  /// `estimate` is called once, if a long run is foreseen; see `DurationEstimator`.
  public init(
    configuration: UpscaleConfiguration, feed: any Feed, sink: any Sink, stop: StopToken, metrics: RunMetrics,
    total: @escaping @Sendable () -> Int?, estimate: @escaping @Sendable (DurationEstimator.Estimate) -> Void
  ) {
    self.configuration = configuration
    self.feed = feed
    self.sink = sink
    control = RunControl(stop: stop, metrics: metrics, inFlight: InFlightLimiter(limit: 1024))
    estimator = DurationEstimator(instances: configuration.instances.count, total: total, report: estimate)
  }

  /// Runs to the end of the feed, or until it is stopped, and reports what was done.
  public func run() -> RunReport {
    let workers = WorkerGroup()
    start(workers)
    workers.wait()
    return control.report()
  }

  /// A tile takes seconds, and its picture is dropped: its run need not finish.
  private func cancelNetworksOnStop() {
    let networks = [configuration.network, configuration.clean?.network].compactMap { $0 }
    control.stop.onRequest { [stop = control.stop] in
      if stop.dropsWaiting { for network in networks { network.cancel() } }
    }
  }

  /// Connects the stages and starts them. The senders that it makes are the stages' alone once it has returned.
  private func start(_ workers: WorkerGroup) {
    let items = Channel<Item>(limit: 256 * Item.queueCost)
    let encoded = Channel<EncodedPicture>(limit: 32 << 20)
    let decoded = Channel<UpscaleJob>(limit: configuration.workers)
    let tiles = Channel<Tile>(
      limit: max(configuration.batchBudget, configuration.tileSize.area) * 2 * configuration.instances.count)
    let encoding = Channel<UpscaleJob>(limit: 1024)
    let completions = Channel<Completion>(limit: 256)
    let buffers = Buffers(memory: configuration.memory, unusedSlots: 64 << 20)

    let feedStage = FeedStage(feed: feed, items: items.sender(), control: control)
    let reader = UpscaleReadStage(
      items: items.receiver(), pictures: encoded.sender(), completions: completions.sender(),
      configuration: configuration, reader: ItemReader(maxBytes: configuration.maxFileSize), files: buffers.files,
      control: control)
    let decoders = (0..<configuration.workers).map { _ in
      UpscaleDecodeStage(
        pictures: encoded.receiver(), jobs: decoded.sender(), completions: completions.sender(),
        configuration: configuration, buffers: buffers, control: control)
    }
    let cutters = (0..<TileStage.workers).map { _ in
      TileStage(
        jobs: decoded.receiver(), tiles: tiles.sender(), encoding: encoding.sender(),
        completions: completions.sender(), channels: configuration.model.card.input.channels, estimator: estimator,
        buffers: buffers, control: control)
    }
    let networks = configuration.instances.indices.map { worker in
      UpscaleInferenceStage(
        tiles: tiles.receiver(), worker: worker, configuration: configuration, estimator: estimator,
        slots: buffers.slots, control: control)
    }
    let encoders = (0..<configuration.workers).map { _ in
      EncodeStage(
        jobs: encoding.receiver(), completions: completions.sender(), configuration: configuration,
        memory: buffers.memory, control: control)
    }
    let sinkStage = SinkStage(
      completions: completions.receiver(), sink: sink, keepsOrder: configuration.keepsOrder,
      failureBudget: configuration.failureBudget, control: control)

    // All senders exist now: a stage that started earlier could take "none yet" for "none left".
    control.cancelOnStop(items)
    cancelNetworksOnStop()
    workers.startDetached("feed", feedStage) { $0.run() }
    workers.start("read", [reader]) { $0.run() }
    workers.start("decode", decoders) { $0.run() }
    workers.start("cut", cutters) { $0.run() }
    workers.start("infer", networks) { $0.run() }
    workers.start("encode", encoders) { $0.run() }
    workers.start("sink", [sinkStage]) { $0.run() }
  }
}
