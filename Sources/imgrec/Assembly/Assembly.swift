import EngineSupport
import ModelLibrary
import ONNXRuntimeEngine
import OpenCVEngine
import OpenVINOEngine
import Outputs
import Pipeline
import Platform
import Recognition

/// Turns what was typed into what runs. The only place that knows every engine, store and output.
struct Assembly {
  let store: ModelStore
  var pulls: Bool

  /// The models a scan was asked for, verified and with their thresholds.
  func models(_ options: ModelOptions) throws(SetupError) -> [LoadedModel] {
    var models: [LoadedModel] = []
    for name in options.model {
      models.append(try model(name, card: options.card, own: options.own, options, beside: models))
    }
    for model in models where !options.task.isEmpty && !options.task.contains(model.card.task) {
      throw SetupError("\(model.card.name) is for the task \(model.card.task.rawValue), which --task does not name")
    }
    let tasks = options.model.isEmpty && options.task.isEmpty ? [TaskKind.classify] : options.task
    for task in tasks where !models.contains(where: { $0.card.task == task }) {
      models.append(try model(task.defaultModel, card: nil, own: nil, options, beside: models))
    }
    return models
  }

  private func model(
    _ name: String, card path: String?, own: HeadPreset?, _ options: ModelOptions, beside models: [LoadedModel]
  ) throws(SetupError) -> LoadedModel {
    let card = try store.card(name, card: path, own: own)
    if card.task == .upscale {
      throw SetupError("\(card.name) enlarges pictures: run imgrec upscale --model \(name)")
    }
    if pulls, store.zoo.cards.contains(where: { $0.name == card.name }) { try store.pull(card) }
    if let step = card.step {
      throw SetupError("\(card.name) runs after another model (\(step.rawValue)), not by itself")
    }
    var model = try store.load(name, card: path, own: own)
    if options.precision == .int8 { model = try model.quantised() }
    guard !models.contains(where: { $0.card.task == model.card.task }) else {
      throw SetupError("two models for the task \"\(model.card.task.rawValue)\": a record holds one answer a task")
    }
    return model
  }

  /// How many instances of each network run, and on how many threads each.
  struct Workers {
    var decoders: Int
    var instances: Int
    var threads: Int
    var maxBatch: Int?
    /// Whether `imgrec bench --save` had a say.
    var isTuned = false

    /// What was asked for, then what was measured for `key`, then one instance a core with a thread each: that keeps
    /// every core busy without two of them waiting for each other at the end of each layer.
    init(
      decoders: Int? = nil, instances: Int? = nil, threads: Int? = nil, maxBatch: Int? = nil, tuned key: String? = nil,
      engine: EngineKind? = nil
    ) {
      let cores = HostInfo.cores
      let tuned = key.flatMap(Tuning.setting)
      isTuned = tuned != nil
      self.decoders = decoders ?? tuned?.decoders ?? cores
      self.maxBatch = maxBatch ?? tuned?.maxBatch
      if instances == nil, threads == nil, let tuned {
        (self.instances, self.threads) = (tuned.instances, tuned.threads)
      } else {
        self.threads = threads ?? max(1, cores / (instances ?? cores))
        self.instances = instances ?? max(1, cores / self.threads)
      }
      // OpenCV on one thread is 8 % faster on one picture than on four (MobileNetV2), and takes half the memory.
      if self.maxBatch == nil, engine == .opencv, self.threads == 1 { self.maxBatch = 1 }
    }
  }

  /// How many run for a model: as was asked, else as was measured.
  func workers(_ loaded: LoadedModel, options: ModelOptions, pipeline: PipelineOptions) throws(SetupError) -> Workers {
    let engine = try engine(for: loaded.card, choice: options.engine, precision: options.precision)
    return Workers(
      decoders: pipeline.decoders, instances: pipeline.instances, threads: pipeline.threads,
      maxBatch: pipeline.maxBatch, tuned: Tuning.key(loaded, engine: engine), engine: engine)
  }

  /// The tasks that were asked for, and how many decode for them. `complete` puts further networks to a task.
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

  /// A task with its engines open: what is wrong with a model shows here, before the first image.
  func task(_ model: LoadedModel, options: ModelOptions, workers: Workers) throws(SetupError) -> TaskPlan {
    var task = TaskPlan(
      model: model, thresholds: try thresholds(of: model, options: options),
      instances: try instances(of: model, options: options, workers: workers))
    for name in model.card.steps ?? [] { try add(name, to: &task, options: options, workers: workers) }
    for name in model.card.optionalSteps ?? [] {
      do throws(SetupError) { try add(name, to: &task, options: options, workers: workers) } catch {
        Console.note("\(model.card.name) goes on without \(name): \(error.description)")
      }
    }
    return task
  }

  func thresholds(of model: LoadedModel, options: ModelOptions) throws(SetupError) -> Thresholds {
    Thresholds(
      card: model.card, top: options.top, minConfidence: options.minConfidence.map(Float.init),
      iou: options.iou.map(Float.init), labels: try told(options, by: model))
  }

  /// Puts a further network to a task.
  func add(_ name: String, to task: inout TaskPlan, options: ModelOptions, workers: Workers) throws(SetupError) {
    let (model, own) = try step(name, after: task.model.card, options: options)
    task.steps.append(
      SecondStagePlan(
        model: model, thresholds: Thresholds(card: model.card),
        instances: try instances(of: model, options: own, workers: workers)))
  }

  /// A further network of a task, and its own options.
  func step(_ name: String, after first: ModelCard, options: ModelOptions) throws(SetupError)
    -> (model: LoadedModel, options: ModelOptions)
  {
    let card = try store.card(name)
    guard card.step != nil, card.task == first.task else {
      throw SetupError("\(name) does not look at what \(first.name) finds")
    }
    if pulls { try store.pull(card) }
    // An engine that the first network wants may be none of this one's.
    var own = options
    if options.engine.kind.map(card.engines.contains) == false { own.engine = .auto }
    return (try store.load(card), own)
  }

  private func instances(of model: LoadedModel, options: ModelOptions, workers: Workers) throws(SetupError)
    -> [any Engine]
  {
    let engine = try engine(for: model.card, choice: options.engine, precision: options.precision)
    if options.precision == .bf16, engine != .openvino {
      throw SetupError("--precision bf16 needs the engine openvino, this is \(engine.rawValue)")
    }
    let cache = UserDirectories.cache().map { "\($0)/\(engine.rawValue)" }
    switch engine {
    case .opencv:
      return try OpenCVEngines.makeInstances(model: model, instances: workers.instances, threads: workers.threads)
    case .openvino:
      return try OpenVINOEngines.makeInstances(
        model: model, instances: workers.instances, threads: workers.threads, precision: options.precision,
        cacheDirectory: cache)
    case .onnxruntime:
      return try ONNXRuntimeEngines.makeInstances(
        model: model, instances: workers.instances, threads: workers.threads, cacheDirectory: cache)
    }
  }

  /// The wanted labels, where the model has labels at all; one that it does not know is a mistake.
  private func told(_ options: ModelOptions, by model: LoadedModel) throws(SetupError) -> Set<String>? {
    guard let wanted = options.toldLabels, !model.labels.isEmpty else { return nil }
    for label in wanted.sorted() where !model.labels.contains(label) {
      let close = Suggestions.close(to: label, among: model.labels)
      throw SetupError(
        "\(model.card.name) does not know the label \"\(label)\""
          + (close.isEmpty ? "" : "; did you mean \(close.map { "\"\($0)\"" }.joined(separator: " or "))?"))
    }
    return wanted
  }

  /// What was chosen, for `-v` and the summary.
  func choices(_ plan: ScanConfiguration) -> [Summary.Choice] {
    plan.tasks.map { task in
      Summary.Choice(
        task.task.rawValue, "\(task.reference) on \(task.instances[0].kind.rawValue) x \(task.instances.count)")
    } + [
      .init("decoders", "\(plan.decoders)"),
      .init("max batch", "\(plan.tasks.map { min(plan.maxBatch, $0.instances[0].maxBatch) }.max() ?? 1)"),
    ]
  }

  /// The engine that was asked for, or the first on the card that is here; another precision than f32 is OpenVINO's.
  func engine(
    for card: ModelCard, choice: ModelOptions.EngineChoice, precision: OpenVINOEngines.Precision = .f32
  ) throws(SetupError) -> EngineKind {
    let allowed = card.engines.map(\.rawValue).joined(separator: ", ")
    if let wanted = choice.kind {
      guard card.engines.contains(wanted) else {
        throw SetupError("\(card.name) was not verified on \(wanted.rawValue); its engines are \(allowed)")
      }
      try open(wanted)
      return wanted
    }
    var problems: [String] = []
    let isOpenVINOs = { (kind: EngineKind) in kind == .openvino && precision != .f32 }
    for kind in card.engines.filter(isOpenVINOs) + card.engines {
      do throws(SetupError) {
        try open(kind)
        return kind
      } catch {
        // Who names a library wants that one.
        if let library = EngineLibrary(rawValue: kind.rawValue), library.isNamed { throw error }
        problems.append(error.description)
      }
    }
    throw SetupError("\(card.name) runs on \(allowed). \(problems.joined(separator: ". "))")
  }

  /// Throws why an engine is not here.
  private func open(_ kind: EngineKind) throws(SetupError) {
    switch kind {
    case .opencv: break
    case .openvino: _ = try OpenVINOEngines.library()
    case .onnxruntime: _ = try ONNXRuntimeEngines.library()
    }
  }
}
