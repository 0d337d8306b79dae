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
    var options = options
    // The first model's engine may not run this one.
    if options.engine.map(model.card.engines.contains) == false { options.engine = nil }
    return (index, model, options)
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
