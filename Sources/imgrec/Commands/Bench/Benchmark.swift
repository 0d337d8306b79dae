import Pipeline
import Platform
import Recognition

/// Measurements of `imgrec bench`. All of them read the same images, from the page cache.
struct Benchmark {
  let assembly: Assembly
  let model: LoadedModel
  /// Once the engines are measured, with the fastest of them.
  private var options: ModelOptions
  let seconds: Double
  private var sample: BenchSample
  /// Is called before each measurement with its name and the number of measurements in all, as far as it is known.
  private let report: (_ what: String, _ total: Int) -> Void

  private static let rounds = 3

  init(
    assembly: Assembly, model: LoadedModel, options: ModelOptions, items: [Item], seconds: Double,
    report: @escaping (_ what: String, _ total: Int) -> Void
  ) {
    self.assembly = assembly
    self.model = model
    self.options = options
    self.seconds = seconds
    self.report = report
    sample = BenchSample(items)
  }

  mutating func run() throws(SetupError) -> BenchResult {
    let cores = HostInfo.cores
    let candidates = candidates()
    let early = candidates.count + 1
    report("a sample", early)
    try takeSample(try engines(.init(decoders: cores, instances: cores, threads: 1, maxBatch: 1)), cores)
    var rates: [BenchResult.EngineRate] = []
    for use in candidates {
      report(use.name, early)
      if let rate = try measure(use, cores) { rates.append(rate) }
    }
    if let fastest = rates.max(by: { $0.imagesPerSecond < $1.imagesPerSecond })?.use {
      (options.engine, options.precision) = (fastest.kind, fastest.precision)
    }
    // From one instance per core to one instance on all cores.
    let counts = (1...cores).filter { cores % $0 == 0 }
    let networks = try counts.map { (instances) throws(SetupError) in
      try engines(.init(decoders: cores, instances: instances, threads: cores / instances, maxBatch: 1))
    }
    let batches = [1, 2, 4, 8].filter { $0 <= networks[0][0].maxBatch }
    let total = early + 1 + counts.count * batches.count + 2 * min(2, cores) + Self.rounds * 4

    report("decoding", total)
    let decoding = Tuning.Setting(decoders: cores, instances: 0, threads: 0, maxBatch: 0)
    var rows = [BenchResult.Row(what: "decode", setting: decoding, imagesPerSecond: measureDecoding(cores))]
    for (instances, engines) in zip(counts, networks) {
      for batch in batches {
        report("the network", total)
        let setting = Tuning.Setting(
          decoders: cores, instances: instances, threads: cores / instances, maxBatch: batch)
        rows.append(.init(what: "infer", setting: setting, imagesPerSecond: measureNetwork(engines, batch: batch)))
      }
    }
    let network = rows.filter { $0.what == "infer" }.sorted { $0.imagesPerSecond > $1.imagesPerSecond }
    var together: [BenchResult.Row] = []
    for candidate in network.prefix(2) {
      for decoders in Set([max(1, cores / 2), cores]).sorted() {
        report("scans", total)
        var setting = candidate.setting
        setting.decoders = decoders
        together.append(
          .init(what: "scan", setting: setting, imagesPerSecond: measureRun(try engines(setting), setting)))
      }
    }
    let best = together.max { $0.imagesPerSecond < $1.imagesPerSecond }!.setting
    return BenchResult(
      key: Tuning.key(model, networks[0][0].use), images: sample.items.count, engines: rates,
      rows: rows + together, setting: best, rounds: try measureRounds(best, alone: network[0].setting, total: total))
  }

  /// What `auto` chooses among; the chosen engine and precision alone, if the options name both.
  private func candidates() -> [EngineUse] {
    EngineSelection.order(
      model.card, engine: options.engine, precision: options.precision, device: options.device,
      bf16: ProcessorInfo.current.bf16, vendor: ProcessorInfo.current.vendor
    ).map(\.use)
  }

  /// The rate of the network alone on an engine; nil if that does not open.
  private mutating func measure(_ use: EngineUse, _ cores: Int) throws(SetupError) -> BenchResult.EngineRate? {
    guard let version = try? EngineRegistry.provider(use.kind).open(on: use.device).version else { return nil }
    let chosen = options
    defer { options = chosen }
    (options.engine, options.precision) = (use.kind, use.precision)
    let engines = try engines(.init(decoders: cores, instances: cores, threads: 1, maxBatch: 1))
    // A processor may lack the precision.
    guard engines[0].use == use else { return nil }
    return .init(use: use, library: version, imagesPerSecond: measureNetwork(engines, batch: 1))
  }

  /// Chooses as many images as a scan reads in the time of a measurement, so that each measurement reads all of them,
  /// and keeps what the network sees of them. The first scan also fills the page cache and warms up the network.
  private mutating func takeSample(_ engines: [any Engine], _ cores: Int) throws(SetupError) {
    let setting = Tuning.Setting(decoders: cores, instances: engines.count, threads: 1, maxBatch: 1)
    let stop = StopToken()
    let first = TimedSink(seconds: seconds, stop: stop)
    _ = run(engines, setting, RepeatingFeed(sample.items, seconds: seconds), into: first, stop: stop)
    sample.reduce(to: max(1, first.count))
    let recorder = BenchSample.SlotRecorder(labels: model.labels.count)
    _ = run(
      [recorder], .init(decoders: cores, instances: 1, threads: 1, maxBatch: 1), RepeatingFeed(sample.items, seconds: 0)
    )
    sample.keep(recorder)
    guard !sample.slots.isEmpty else {
      throw SetupError("none of the images can be decoded; imgrec scan reports why")
    }
  }

  /// The speed of a machine drifts while the rows are measured; rates that are compared are measured again, in turn.
  private func measureRounds(
    _ best: Tuning.Setting, alone setting: Tuning.Setting, total: Int
  ) throws(SetupError) -> [BenchResult.Round] {
    let cores = HostInfo.cores
    let alone = try engines(setting)
    let running = try engines(best)
    return (0..<Self.rounds).map { _ in
      report("decoding", total)
      let decode = measureDecoding(cores)
      report("the network", total)
      let infer = measureNetwork(alone, batch: setting.maxBatch)
      report("both at once", total)
      let beside = NetworkLoad(alone, batches: sample.batches(of: setting.maxBatch), seconds: nil)
      let decodeBeside = measureDecoding(cores)
      let inferBeside = beside.end()
      report("scans", total)
      return BenchResult.Round(
        decode: decode, infer: infer, decodeBeside: decodeBeside, inferBeside: inferBeside,
        scan: measureRun(running, best), decodable: sample.decodable)
    }
  }

  private func engines(_ setting: Tuning.Setting) throws(SetupError) -> [any Engine] {
    let workers = Assembly.Workers(
      decoders: setting.decoders, instances: setting.instances, threads: setting.threads)
    return try assembly.task(model, options: options, workers: workers).instances
  }

  /// Returns images per second through the pipeline without the network.
  private func measureDecoding(_ cores: Int) -> Double {
    measureRun([IdleEngine(labels: model.labels.count)], .init(decoders: cores, instances: 1, threads: 1, maxBatch: 1))
  }

  /// Returns images per second through the whole pipeline.
  private func measureRun(_ engines: [any Engine], _ setting: Tuning.Setting) -> Double {
    let report = run(engines, setting, RepeatingFeed(sample.items, seconds: seconds))
    return Double(report.inputs) / report.wallSeconds
  }

  private func run(
    _ engines: [any Engine], _ setting: Tuning.Setting, _ feed: RepeatingFeed, into sink: any Sink = DiscardingSink(),
    stop: StopToken = StopToken()
  ) -> RunReport {
    let plan = ScanConfiguration(
      tasks: [TaskPlan(model: model, thresholds: Thresholds(card: model.card), instances: engines)],
      readers: min(2, setting.decoders), decoders: setting.decoders, maxBatch: setting.maxBatch,
      batchPixels: 24_000_000, memory: 1 << 30, maxFileSize: 256 << 20, keepsOrder: true)
    return ScanPipeline(
      configuration: plan, feed: feed, sink: sink, stop: stop, metrics: RunMetrics()
    ).run()
  }

  /// Returns images per second through the network alone, with every instance busy.
  private func measureNetwork(_ engines: [any Engine], batch: Int) -> Double {
    NetworkLoad(engines, batches: sample.batches(of: batch), seconds: seconds).end()
  }
}
