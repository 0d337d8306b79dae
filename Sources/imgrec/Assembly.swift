import Codecs
import EngineStore
import ModelStore
import ONNXRuntimeEngine
import OpenCVEngine
import OpenVINOEngine
import Outputs
import Pipeline
import Recognition

/// Turns what was typed into what runs. The only place that knows every engine, store and output.
struct Assembly {
  let store: ModelStore
  var pulls: Bool

  /// The models a scan was asked for, verified and with their thresholds.
  func models(_ options: ModelOptions) throws(SetupError) -> [LoadedModel] {
    let names =
      options.model.isEmpty
      ? (options.task.isEmpty ? [TaskKind.classify] : options.task).map(\.defaultModel) : options.model
    var models: [LoadedModel] = []
    for name in names {
      let card = try store.card(name, card: options.card, own: options.own)
      if pulls, store.zoo.cards.contains(where: { $0.name == card.name }) { try store.pull(card) }
      if let step = card.step {
        throw SetupError("\(card.name) runs after another model (\(step.rawValue)), not by itself")
      }
      let model = try store.load(name, card: options.card, own: options.own)
      guard !models.contains(where: { $0.card.task == model.card.task }) else {
        throw SetupError("two models for the task \"\(model.card.task.rawValue)\": a record holds one answer a task")
      }
      models.append(model)
    }
    return models
  }

  /// How many instances of each network run, and on how many threads each.
  struct Workers {
    var decoders: Int
    var instances: Int
    var threads: Int

    /// One instance a core and one thread an instance keeps every core busy without two of them waiting for the third
    /// at the end of each layer.
    init(cores: Int) {
      decoders = cores
      threads = 1
      instances = cores
    }

    init(_ options: PipelineOptions, cores: Int) {
      decoders = options.decoders ?? cores
      threads = options.threads ?? max(1, cores / (options.instances ?? cores))
      instances = options.instances ?? max(1, cores / threads)
    }
  }

  /// A task with its engines open: what is wrong with a model shows here, before the first image.
  func task(
    _ model: LoadedModel, choice: ModelOptions.EngineChoice, workers: Workers, options: ModelOptions
  ) throws(SetupError) -> TaskPlan {
    var task = TaskPlan(
      model: model,
      thresholds: Thresholds(
        card: model.card, top: options.top, minConfidence: options.minConfidence.map(Float.init),
        iou: options.iou.map(Float.init), labels: try told(options, by: model)),
      instances: try instances(of: model, choice: choice, workers: workers))
    for name in model.card.steps ?? [] { try add(name, to: &task, choice: choice, workers: workers) }
    return task
  }

  /// Puts a further network to a task.
  func add(_ name: String, to task: inout TaskPlan, choice: ModelOptions.EngineChoice, workers: Workers)
    throws(SetupError)
  {
    let card = try store.card(name)
    guard card.step != nil, card.task == task.task else {
      throw SetupError("\(name) does not look at what \(task.model.card.name) finds")
    }
    if pulls { try store.pull(card) }
    let model = try store.load(card)
    // An engine that the first network wants may be none of this one's.
    let own: ModelOptions.EngineChoice = choice.kind.map(card.engines.contains) == false ? .auto : choice
    task.steps.append(
      StepPlan(
        model: model, thresholds: Thresholds(card: card),
        instances: try instances(of: model, choice: own, workers: workers)))
  }

  private func instances(of model: LoadedModel, choice: ModelOptions.EngineChoice, workers: Workers)
    throws(SetupError) -> [any Engine]
  {
    let engine = try engine(for: model.card, choice: choice)
    return
      switch engine
    {
    case .opencv:
      try OpenCVEngines.makeInstances(model: model, instances: workers.instances, threads: workers.threads)
    case .openvino:
      try OpenVINOEngines.makeInstances(model: model, instances: workers.instances, threads: workers.threads)
    case .onnxruntime:
      try ONNXRuntimeEngines.makeInstances(model: model, instances: workers.instances, threads: workers.threads)
    }
  }

  /// The wanted labels, where the model has labels at all; one that it does not know is a mistake.
  private func told(_ options: ModelOptions, by model: LoadedModel) throws(SetupError) -> Set<String>? {
    guard let wanted = options.toldLabels, !model.labels.isEmpty else { return nil }
    for label in wanted.sorted() where !model.labels.contains(label) {
      let close = model.labels.filter { $0.lowercased().contains(label.lowercased()) }.prefix(3)
      throw SetupError(
        "\(model.card.name) does not know the label \"\(label)\""
          + (close.isEmpty ? "" : "; did you mean \(close.map { "\"\($0)\"" }.joined(separator: " or "))?"))
    }
    return wanted
  }

  /// What was chosen, for `-v` and the summary.
  func choices(_ plan: RunPlan, workers: Workers) -> [Summary.Choice] {
    plan.tasks.map { task in
      Summary.Choice(
        task.task.rawValue, "\(task.reference) on \(task.instances[0].kind.rawValue) x \(task.instances.count)")
    } + [
      .init("decoders", "\(plan.decoders)"), .init("threads", "\(workers.threads)"),
      .init("max batch", "\(plan.tasks.map { min(plan.maxBatch, $0.instances[0].maxBatch) }.max() ?? 1)"),
    ]
  }

  private func engine(for card: ModelCard, choice: ModelOptions.EngineChoice) throws(SetupError) -> EngineKind {
    let allowed = card.engines.map(\.rawValue).joined(separator: ", ")
    if let wanted = choice.kind {
      guard card.engines.contains(wanted) else {
        throw SetupError("\(card.name) was not verified on \(wanted.rawValue); its engines are \(allowed)")
      }
      try open(wanted)
      return wanted
    }
    var problems: [String] = []
    for kind in card.engines {
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
