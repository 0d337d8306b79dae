import Pipeline
import Platform
import Recognition

/// Measurements of `imgrec bench --cascade`: both models answer the same images, then the cascade with the threshold
/// that their answers suggest.
struct CascadeBench {
  let assembly: Assembly
  let light: LoadedModel
  let heavy: LoadedModel
  let options: ModelOptions
  let heavyOptions: ModelOptions
  let items: [Item]
  let maxLoss: Double
  /// Is called before each measurement with its name.
  let report: (_ what: String) -> Void

  /// Images that are measured at most.
  static let maxImages = 5000

  /// What a run over all images gave.
  private struct Run {
    /// The best label of each image; nil where the image failed.
    var answers: [Label?]
    /// Seconds of processor time.
    var cpu: Double
  }

  func run() throws(SetupError) -> CascadeBenchResult {
    let first = try task(light, options)
    let second = try task(heavy, heavyOptions)
    // The first pass also fills the page cache, and warms up the light network.
    report("the sample")
    _ = measure(first)
    report(light.card.name)
    let lights = measure(first)
    report(heavy.card.name)
    let heavies = measure(second)

    let folders = ClassTruth(labels: heavy.labels)
    let truths = items.map { item in folders.label(of: item.path).map { heavy.labels[$0] } }
    let isLabelled = truths.contains { $0 != nil }
    let samples = items.indices.compactMap { n -> CascadeCurve.Sample? in
      guard let light = lights.answers[n], let heavy = heavies.answers[n] else { return nil }
      guard isLabelled else {
        return .init(confidence: light.score, isLightRight: light.label == heavy.label, isHeavyRight: true)
      }
      guard let truth = truths[n] else { return nil }
      return .init(confidence: light.score, isLightRight: light.label == truth, isHeavyRight: heavy.label == truth)
    }
    guard !samples.isEmpty else { throw SetupError("none of the images can be decoded; imgrec scan reports why") }
    let curve = CascadeCurve(samples)
    let best = curve.best(maxLoss: maxLoss)
    var cpu: Double?
    if let best {
      report("the cascade")
      var cascade = first
      cascade.secondModel = SecondModel(
        model: heavy, thresholds: second.thresholds, instances: second.instances,
        rule: .cascade(threshold: Float(best.threshold)))
      cpu = measure(cascade).cpu
    }
    let count = Double(items.count)
    return CascadeBenchResult(
      light: light.reference, heavy: heavy.reference, names: [light.card.name, heavy.card.name],
      images: samples.count, isLabelled: isLabelled, curve: curve, best: best, maxLoss: maxLoss,
      lightSeconds: lights.cpu / count, heavySeconds: heavies.cpu / count, cascadeSeconds: cpu.map { $0 / count })
  }

  private func task(_ model: LoadedModel, _ options: ModelOptions) throws(SetupError) -> TaskPlan {
    var task = try assembly.task(model, options: options.fitting(model.card), workers: Assembly.Workers())
    task.thresholds = Thresholds(top: 1)
    return task
  }

  private func measure(_ task: TaskPlan) -> Run {
    let sink = BestLabels(count: items.count)
    let cores = HostInfo.cores
    let plan = ScanConfiguration(
      tasks: [task], readers: min(2, cores), decoders: cores, maxBatch: min(4, task.batch),
      batchPixels: 24_000_000, memory: 1 << 30, maxFileSize: 256 << 20, keepsOrder: true)
    let before = ProcessUsage.current.cpuSeconds
    _ = ScanPipeline(
      configuration: plan, feed: RepeatingFeed(items, seconds: 0), sink: sink, stop: StopToken(), metrics: RunMetrics()
    ).run()
    return Run(answers: sink.labels, cpu: ProcessUsage.current.cpuSeconds - before)
  }
}

/// Keeps the best label of each image.
private final class BestLabels: Sink {
  private(set) var labels: [Label?]

  init(count: Int) { labels = Array(repeating: nil, count: count) }

  func write(_ outcome: Outcome) {
    guard case .labels(let found)? = outcome.answers.first?.findings else { return }
    labels[outcome.index] = found.first
  }

  func flush() {}
  func finish() {}
}
