import ArgumentParser
import Pipeline
import Platform
import Recognition

/// Second networks for whole images, and answers of images that look alike.
struct SecondModelOptions: ParsableArguments {
  @Option(
    help: .init(
      "The light model answers; images of which it is not sure go to the heavy one.", valueName: "light,heavy"))
  var cascade: String?

  @Option(
    help: .init("Best score below which an image goes on to the heavy model (default: 0.9).", valueName: "score"),
    transform: ArgumentParsing.fraction)
  var cascadeThreshold: Double?

  @Option(help: .init("Answers in place of a model of the same task that fails.", valueName: "model"))
  var fallback: String?

  @Option(
    help: .init("Failures in a row after which the model is left alone for 10 s (default: 5).", valueName: "n"),
    transform: ArgumentParsing.count)
  var fallbackAfter: Int?

  @Option(
    help: .init(
      "An image within so many bits (0 to 15) of an earlier one of the run takes its answer.", valueName: "bits"),
    transform: ArgumentParsing.int(0...15))
  var similar: Int?

  func validate() throws {
    guard cascade == nil || names.count == 2 else { throw ValidationError("--cascade names two models: LIGHT,HEAVY.") }
    guard cascadeThreshold == nil || cascade != nil else {
      throw ValidationError("--cascade-threshold goes with --cascade.")
    }
    guard fallbackAfter == nil || fallback != nil else {
      throw ValidationError("--fallback-after goes with --fallback.")
    }
    guard cascade == nil || fallback == nil else {
      throw ValidationError("--cascade and --fallback exclude each other.")
    }
  }

  private var names: [String] {
    cascade?.split(separator: ",", omittingEmptySubsequences: false).map(String.init).filter { !$0.isEmpty } ?? []
  }

  /// The options with the cascade's light model as the one that was asked for.
  func models(_ options: ModelOptions) -> ModelOptions {
    guard let light = names.first else { return options }
    var options = options
    options.model = [light]
    return options
  }

  /// Puts the second network to the task that it belongs to.
  func add(
    to tasks: inout [TaskPlan], by assembly: Assembly, options: ModelOptions,
    workers: (LoadedModel, ModelOptions) throws(SetupError) -> Assembly.Workers
  ) throws(SetupError) {
    guard let name = names.last ?? fallback else { return }
    var own = options
    own.model = [name]
    own.task = []
    // The labels and cards of the first network's own file are none of this one's.
    (own.card, own.head, own.labelsFile, own.inputSize) = (nil, nil, nil, nil)
    let model = try assembly.models(own)[0]
    guard let place = tasks.firstIndex(where: { $0.task == model.card.task }) else {
      throw SetupError("\(name) is for the task \(model.card.task.rawValue), which is not asked")
    }
    let first = tasks[place].model
    guard first.digest != model.digest else { throw SetupError("\(name) is the first model again") }
    if cascade != nil {
      guard first.card.task.findingsKind == .labels else {
        throw SetupError("--cascade is for models that tell classes; \(first.card.name) does not")
      }
      if let at = first.labels.indices.first(where: { $0 >= model.labels.count || first.labels[$0] != model.labels[$0] }
      ) {
        let other = at < model.labels.count ? "\"\(model.labels[at])\"" : "no class"
        throw SetupError(
          "\(first.card.name) and \(name) have different labels: class \(at) is \"\(first.labels[at])\" and \(other)")
      }
      guard first.labels.count == model.labels.count else {
        throw SetupError("\(first.card.name) has \(first.labels.count) labels and \(name) \(model.labels.count)")
      }
    }
    let rule: SecondModel.Rule =
      cascade != nil
      ? .cascade(threshold: Float(cascadeThreshold ?? 0.9))
      : .fallback(CircuitBreaker(limit: fallbackAfter ?? 5, pause: 10))
    if own.engine.map(model.card.engines.contains) == false { own.engine = nil }
    let task = try assembly.task(model, options: own, workers: try workers(model, own))
    tasks[place].secondModel = SecondModel(
      model: model, thresholds: task.thresholds, instances: task.instances, rule: rule)
  }
}
