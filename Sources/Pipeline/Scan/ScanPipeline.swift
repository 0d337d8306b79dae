import Dispatch
import Inputs
import Platform
import Recognition

/// The way of every image:
///
///     feed -> read -> decode into slots -> infer -> findings [-> crops -> infer ...] [-> annotate] -> sink
///
/// With a cache, items are looked up before they are read, and again by their digest before they are decoded; cached
/// answers go straight to the sink, and new ones from the sink into the cache. A failure of any stage goes straight to
/// the sink.
///
/// Each stage is a struct with its receivers and senders in a file of its name, and runs on workers of its own.
/// Invariant, asserted at the end of `run`: every item that enters is reported exactly once.
public final class ScanPipeline {
  private let configuration: ScanConfiguration
  private let feed: any Feed
  private let sink: any Sink
  private let control: RunControl

  /// Seconds after which the code that only a start needs is returned; a short run is not worth it.
  private static let settlingTime = 2.0

  public init(
    configuration: ScanConfiguration, feed: any Feed, sink: any Sink, stop: StopToken, metrics: RunMetrics
  ) {
    self.configuration = configuration
    self.feed = feed
    self.sink = sink
    // Cached items weigh little and pass fast.
    let inFlight = InFlightLimiter(limit: configuration.cache?.looksUp == true ? 4096 : 1024)
    control = RunControl(stop: stop, metrics: metrics, inFlight: inFlight)
    for task in configuration.tasks { metrics.watch(task) }
  }

  /// Runs to the end of the feed, or until it is stopped, and reports what was done.
  public func run() -> RunReport {
    let workers = WorkerGroup()
    start(workers)
    let settled = DispatchWorkItem { ProcessMemory.returnCode() }
    DispatchQueue.global(qos: .utility).asyncAfter(deadline: .now() + Self.settlingTime, execute: settled)
    workers.wait()
    settled.cancel()
    return control.report()
  }

  /// Connects the stages and starts them. The senders that it makes are the stages' alone once it has returned.
  private func start(_ workers: WorkerGroup) {
    let channels = ScanChannels(configuration)
    let buffers = Buffers(
      memory: configuration.bufferMemory, unusedSlots: configuration.unusedSlots)
    let similar = configuration.similar.map { SimilarImages($0, tasks: configuration.tasks.map(\.task)) }
    let sequencer = configuration.similar.map { _ in DecodeSequencer() }
    let reader = ItemReader(maxBytes: configuration.maxFileSize)
    // At most one, so that the stages with it are lists too.
    let cache = [configuration.cache].compactMap { $0 }.filter(\.looksUp).map {
      CacheLookup(
        $0, limits: configuration.limits, maxFileSize: configuration.maxFileSize, pages: configuration.pages ?? .first)
    }
    let completer = JobCompleter(
      similar: similar, annotations: configuration.annotator.map { _ in channels.annotations.sender() },
      completions: channels.completions.sender(), buffers: buffers)

    let feedStage = FeedStage(feed: feed, items: channels.items.sender(), control: control)
    let lookups = cache.map { cache in
      LookupStage(
        items: channels.items.receiver(), unread: channels.unread.sender(),
        completions: channels.completions.sender(), cache: cache, control: control)
    }
    let readers = (0..<configuration.readers).map { _ in
      ReadStage(
        items: channels.unread.receiver(), jobs: channels.read.sender(),
        completions: channels.completions.sender(), reader: reader, tasks: configuration.tasks.count,
        isCached: configuration.cache != nil, readsExif: configuration.readsExif, pages: configuration.pages ?? .first,
        files: buffers.files,
        control: control)
    }
    let matches = cache.map { cache in
      MatchStage(
        jobs: channels.read.receiver(), unmatched: channels.encoded.sender(),
        completions: channels.completions.sender(), cache: cache, files: buffers.files, control: control)
    }
    let decoders = (0..<configuration.decoders).map { _ in
      DecodeStage(
        jobs: channels.encoded.receiver(), requests: channels.inference.map { $0.sender() },
        escalated: channels.escalated.map { $0.sender() },
        completions: channels.completions.sender(), configuration: configuration, similar: similar,
        sequencer: sequencer, completer: completer, buffers: buffers, control: control)
    }
    let stages = configuration.tasks.indices.map { task in
      TaskStages(task, of: configuration, channels, completer, buffers, control)
    }
    let annotators = (0..<(configuration.annotator == nil ? 0 : configuration.decoders)).map { _ in
      AnnotateStage(
        requests: channels.annotations.receiver(), completions: channels.completions.sender(),
        annotator: configuration.annotator, buffers: buffers, stop: control.stop)
    }
    let sinkStage = SinkStage(
      completions: channels.completions.receiver(), sink: sink, keepsOrder: configuration.keepsOrder,
      failureBudget: configuration.failureBudget, toCache: configuration.cache.map { _ in channels.toCache.sender() },
      control: control)
    let cacheWriters = [configuration.cache].compactMap { $0 }.map {
      CacheWriteStage(completions: channels.toCache.receiver(), cache: $0)
    }

    // All senders exist now: a stage that started earlier could take "none yet" for "none left".
    control.cancelOnStop(channels.items)
    workers.startDetached("feed", feedStage) { $0.run() }
    workers.start("lookup", lookups) { $0.run() }
    workers.start("read", readers) { $0.run() }
    workers.start("match", matches) { $0.run() }
    workers.start("decode", decoders) { $0.run() }
    for (task, stages) in zip(configuration.tasks, stages) { stages.start(workers, label: "\(task.task)") }
    workers.start("annotate", annotators) { $0.run() }
    workers.start("sink", [sinkStage]) { $0.run() }
    workers.start("cache", cacheWriters) { $0.run() }
  }
}
