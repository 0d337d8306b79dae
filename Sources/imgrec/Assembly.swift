import Codecs
import ModelStore
import OpenCVEngine
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
      let card = try store.card(name, card: options.card)
      if card.task == .upscale {
        throw SetupError("\(card.name) enlarges pictures: run imgrec upscale --model \(name)")
      }
      if pulls, store.zoo.cards.contains(where: { $0.name == card.name }) { try store.pull(card) }
      let model = try store.load(name, card: options.card)
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
    let engine = try engine(for: model.card, choice: choice)
    let instances: [any Engine] =
      switch engine {
      case .opencv:
        try OpenCVEngines.makeInstances(model: model, instances: workers.instances, threads: workers.threads)
      case .openvino, .onnxruntime:
        throw SetupError("the engine \(engine.rawValue) is not part of this build")
      }
    return TaskPlan(
      model: model,
      thresholds: Thresholds(
        card: model.card, top: options.top, minConfidence: options.minConfidence.map(Float.init),
        iou: options.iou.map(Float.init)), instances: instances)
  }

  /// What was chosen, for `-v` and the summary.
  func choices(_ plan: RunPlan, workers: Workers) -> [Summary.Choice] {
    plan.tasks.map { task in
      Summary.Choice(
        task.task.rawValue, "\(task.model.reference) on \(task.instances[0].kind.rawValue) x \(task.instances.count)")
    } + [
      .init("decoders", "\(plan.decoders)"), .init("threads", "\(workers.threads)"),
      .init("max batch", "\(plan.tasks.map { min(plan.maxBatch, $0.instances[0].maxBatch) }.max() ?? 1)"),
    ]
  }

  private func engine(for card: ModelCard, choice: ModelOptions.EngineChoice) throws(SetupError) -> EngineKind {
    let here: [EngineKind] = [.opencv]
    let allowed = card.engines.map(\.rawValue).joined(separator: ", ")
    guard let wanted = choice.kind else {
      guard let best = card.engines.first(where: here.contains) else {
        throw SetupError("\(card.name) runs on \(allowed); none of these is here")
      }
      return best
    }
    guard card.engines.contains(wanted) else {
      throw SetupError("\(card.name) was not verified on \(wanted.rawValue); its engines are \(allowed)")
    }
    guard here.contains(wanted) else { throw SetupError("the engine \(wanted.rawValue) is not here") }
    return wanted
  }
}
