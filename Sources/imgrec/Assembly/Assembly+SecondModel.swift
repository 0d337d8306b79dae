import ModelLibrary
import Pipeline
import Platform
import Recognition

extension ModelOptions {
  /// The options for another model of the run.
  func naming(_ model: String) -> ModelOptions {
    var own = self
    own.model = [model]
    own.task = []
    // The first model's labels, card and input size do not apply to this one.
    (own.card, own.head, own.labelsFile, own.inputSize) = (nil, nil, nil, nil)
    return own
  }
}

extension ModelOptions {
  /// The options for a further model of the run: the engine and the device of the first may not run it.
  func fitting(_ card: ModelCard) -> ModelOptions {
    var own = self
    if own.engine.map(card.engines.contains) == false { own.engine = nil }
    let engines = own.engine.map { [$0] } ?? card.engines
    if !engines.contains(where: { $0.devices.contains(device) }) { own.device = .cpu }
    return own
  }
}

extension Assembly {
  /// The second model `name`, the index of the task that it belongs to, and its options; precondition: the task is among
  /// `tasks`. `options` name this model.
  func secondModel(_ name: String, of tasks: [TaskPlan], _ options: ModelOptions) throws(SetupError)
    -> (task: Int, model: LoadedModel, options: ModelOptions)
  {
    let model = try models(options)[0]
    guard let index = tasks.firstIndex(where: { $0.task == model.card.task }) else {
      preconditionFailure("the second model's task is checked before the run")
    }
    guard tasks[index].model.digest != model.digest else {
      throw SetupError.usage("\(name) is the same network as the first model", "Name two different models.")
    }
    return (index, model, options.fitting(model.card))
  }

  /// Opens the engines of a second model and adds it to its task.
  func add(
    _ model: LoadedModel, to task: inout TaskPlan, options: ModelOptions, pipeline: PipelineOptions,
    rule: SecondModel.Rule
  ) throws(SetupError) {
    let workers = try workers(model, options: options, pipeline: pipeline)
    let plan = try self.task(model, options: options, workers: workers)
    task.secondModel = SecondModel(
      model: model, thresholds: plan.thresholds, instances: plan.instances, rule: rule)
  }
}
