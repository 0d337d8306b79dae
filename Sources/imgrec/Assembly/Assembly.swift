import EngineSupport
import ModelLibrary
import Outputs
import Pipeline
import Platform
import Recognition

/// Builds what runs from the options.
struct Assembly {
  let store: ModelStore
  var pulls: Bool

  /// The models of a scan, verified.
  func models(_ options: ModelOptions) throws(SetupError) -> [LoadedModel] {
    try requests(options).map { request throws(SetupError) in
      let card = request.card
      if pulls, store.zoo.cards.contains(where: { $0.name == card.name }) { try store.pull(card) }
      var model = try store.load(request.name, card: request.cardPath, own: request.own)
      if options.allOrientations, model.card.head.kind == .vector {
        let input = model.card.input
        guard input.width == input.height else {
          throw SetupError.usage(
            "--all-orientations needs a square input; that of \(model.card.name) is \(input.width)x\(input.height)",
            "Name another model, or leave --all-orientations out.")
        }
        model.card.head.allOrientations = true
      }
      return options.precision == .int8 ? try model.quantised() : model
    }
  }

  /// Number of decoders, of instances of each network, and of threads of each instance.
  struct Workers {
    var decoders: Int
    var instances: Int
    var threads: Int
    var maxBatch: Int?
    /// Whether a setting of `imgrec bench --save` was used.
    var isTuned = false
    /// Bytes that the instances of one network may take for large inputs; nil: the number of instances was chosen.
    private var workspaceLimit: Int?

    /// The given values, else the setting measured for `key`, else one instance per core with one thread each: that keeps
    /// every core busy, and no core waits for another at the end of a layer.
    init(
      decoders: Int? = nil, instances: Int? = nil, threads: Int? = nil, maxBatch: Int? = nil, tuned key: String? = nil,
      use: EngineUse? = nil, memory: Int? = nil
    ) {
      let cores = HostInfo.cores
      let tuned = key.flatMap(Tuning.setting)
      isTuned = tuned != nil
      self.decoders = decoders ?? tuned?.decoders ?? cores
      self.maxBatch = maxBatch ?? tuned?.maxBatch
      if instances == nil, threads == nil, let tuned {
        (self.instances, self.threads) = (tuned.instances, tuned.threads)
      } else if instances == nil, threads == nil, let use, use.device != .cpu {
        // One input is copied while another is computed. The cores decode.
        (self.instances, self.threads) = (2, 1)
      } else {
        self.threads = threads ?? max(1, cores / (instances ?? cores))
        self.instances = instances ?? max(1, cores / self.threads)
      }
      // With one thread OpenCV is 8 % faster with batches of 1 than of 4 (MobileNetV2), and needs half the memory.
      if self.maxBatch == nil, use?.kind == .opencv, self.threads == 1 { self.maxBatch = 1 }
      workspaceLimit = instances == nil ? memory.map { $0 / 4 * 3 } : nil
    }

    /// The same, with fewer instances of more threads where so many of `card` would take too much memory for large
    /// pictures.
    func limited(for card: ModelCard) -> Workers {
      guard let workspaceLimit, card.workspaceBytes > 0 else { return self }
      var limited = self
      limited.instances = min(instances, max(1, workspaceLimit / card.workspaceBytes))
      // Text: an instance of four threads takes a quarter of the memory of four, 100 MB for pieces of a page. Lines are
      // most of the work: on two cores two instances of one thread take 15 % less time than one of two, and 20 to 60 MB
      // more.
      if card.input.resize.rule == .page {
        limited.instances = min(limited.instances, max(1, instances * threads / 4))
      }
      limited.threads = max(threads, instances * threads / limited.instances)
      return limited
    }
  }

  /// The workers for a model: the options', else the measured ones.
  func workers(_ loaded: LoadedModel, options: ModelOptions, pipeline: PipelineOptions) throws(SetupError) -> Workers {
    let use = try selection(for: loaded, options).use
    return Workers(
      decoders: pipeline.decoders, instances: pipeline.instances, threads: pipeline.threads,
      maxBatch: pipeline.maxBatch, tuned: Tuning.key(loaded, use), use: use, memory: pipeline.memory)
  }

  /// The tasks of the options, and the number of their decoders. `complete` adds further networks to a task.
  func tasks(
    _ options: ModelOptions, pipeline: PipelineOptions,
    complete: (inout TaskPlan, Workers) throws(SetupError) -> Void = { _, _ in }
  ) throws(SetupError) -> (plans: [TaskPlan], decoders: Int, maxBatch: Int) {
    var plans: [TaskPlan] = []
    var decoders = 1
    var maxBatch = 0
    for loaded in try models(options) {
      let workers = try workers(loaded, options: options, pipeline: pipeline)
      var task = try task(loaded, options: options, workers: workers)
      try complete(&task, workers)
      plans.append(task)
      decoders = max(decoders, workers.decoders)
      maxBatch = max(maxBatch, workers.maxBatch ?? Int.max)
    }
    return (plans, decoders, maxBatch)
  }

  /// A task with its engines open: a faulty model fails here, before the first image.
  func task(_ model: LoadedModel, options: ModelOptions, workers: Workers) throws(SetupError) -> TaskPlan {
    var task = TaskPlan(
      model: model, thresholds: try thresholds(of: model, options: options),
      instances: try instances(of: model, options: options, workers: workers))
    for name in model.card.steps ?? [] { try add(name, to: &task, options: options, workers: workers) }
    for name in model.card.optionalSteps ?? [] {
      do throws(SetupError) { try add(name, to: &task, options: options, workers: workers) } catch {
        Console.note("\(model.card.name) runs without \(name): \(error.description)")
      }
    }
    return task
  }

  func thresholds(of model: LoadedModel, options: ModelOptions) throws(SetupError) -> Thresholds {
    Thresholds(
      card: model.card, top: options.top, minConfidence: options.minConfidence.map(Float.init),
      iou: options.iou.map(Float.init), labels: try allowedLabels(options, of: model))
  }

  /// Adds a second stage to a task.
  func add(_ name: String, to task: inout TaskPlan, options: ModelOptions, workers: Workers) throws(SetupError) {
    let (model, own) = try step(name, after: task.model.card, options: options)
    task.steps.append(
      SecondStagePlan(
        model: model, thresholds: Thresholds(card: model.card),
        instances: try instances(of: model, options: own, workers: workers)))
  }

  /// The model of a second stage, and its options.
  func step(_ name: String, after first: ModelCard, options: ModelOptions) throws(SetupError)
    -> (model: LoadedModel, options: ModelOptions)
  {
    let card = try store.card(name)
    guard card.step != nil, card.task == first.task else {
      throw SetupError("\(name) is not a second stage for \(first.name)")
    }
    if pulls { try store.pull(card) }
    return (try store.load(card), options.fitting(card))
  }

  private func instances(of model: LoadedModel, options: ModelOptions, workers: Workers) throws(SetupError)
    -> [any Engine]
  {
    let use = try selection(for: model, options).use
    let provider = EngineRegistry.provider(use.kind)
    let workers = workers.limited(for: model.card)
    let own = EngineOptions(
      instances: workers.instances, threads: workers.threads, precision: use.precision, device: use.device,
      cacheDirectory: UserDirectories.cache().map { "\($0)/\(use.kind.rawValue)" })
    try NetworkTrial.check(model, on: provider, own, zoo: store.zoo)
    let engines = try provider.makeInstances(model, own)
    return model.card.head.allOrientations == true ? engines.map { OrientationAverage($0) } : engines
  }

  /// The labels to report, if the model has labels. Throws for one that the model does not have.
  private func allowedLabels(_ options: ModelOptions, of model: LoadedModel) throws(SetupError) -> Set<String>? {
    guard let named = options.allowedLabels, !model.labels.isEmpty else { return nil }
    let allowed = Set(named.map { LabelNames.known($0, among: model.labels) })
    for label in allowed.sorted() where !model.labels.contains(label) {
      let question = Suggestions.question(label, among: model.labels, quote: "\"").map { $0 + " " } ?? ""
      throw SetupError(
        "\(model.card.name) has no label \"\(label)\"\n\(question)Its labels: imgrec models info \(model.card.name)")
    }
    return allowed
  }

  /// The chosen values, for `-v` and the summary.
  func choices(_ plan: ScanConfiguration) -> [Summary.Choice] {
    plan.tasks.map { task in
      Summary.Choice(
        task.task.rawValue, "\(task.reference) on \(task.instances[0].use.name) x \(task.instances.count)")
    } + [
      .init("decoders", "\(plan.decoders)"),
      .init("max batch", "\(plan.tasks.map { min(plan.maxBatch, $0.instances[0].maxBatch) }.max() ?? 1)"),
    ]
  }
}
