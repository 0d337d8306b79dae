import ArgumentParser
import Logging
import ModelLibrary
import Pipeline
import Platform
import Recognition

/// Cascade and fallback models for whole images, and reuse of the answers of near duplicates.
struct SecondModelOptions: ParsableArguments {
  @Option(
    help: .init(
      "Run the light model, then the heavy one on images whose best score is low.", valueName: "light,heavy"),
    completion: .modelPair)
  var cascade: String?

  @Option(
    help: .init("Score below which the heavy model runs (default: 0.5).", valueName: "score"),
    transform: ArgumentParsing.fraction)
  var cascadeThreshold: Double?

  @OptionGroup var fallbackOptions: FallbackOptions

  @Option(
    help: .init(
      "Reuse the answer of an earlier image of the run whose hash differs by at most this (0 to 15).", valueName: "bits"
    ),
    transform: ArgumentParsing.int(0...15))
  var similar: Int?

  /// The settings of --similar; nil if it is off, or applies to none of the tasks.
  func similar(for tasks: [TaskPlan], quiet: Bool) -> SimilarConfiguration? {
    guard let similar else { return nil }
    let own = tasks.map(\.task).filter { !$0.isSharedBySimilarImages }
    if !own.isEmpty, !quiet {
      let names = own.map(\.rawValue).joined(separator: ", ")
      Console.note(
        "--similar does not apply to \(names), which near duplicates may differ in: every image is recognised")
    }
    return own.count < tasks.count ? SimilarConfiguration(distance: similar) : nil
  }

  /// The models of the cascade.
  var names: [String] {
    cascade.flatMap { try? ArgumentParsing.list($0) } ?? []
  }

  var fallback: String? { fallbackOptions.fallback }

  /// The second model of the run; nil if it has one model.
  var second: String? { names.last ?? fallback }

  /// Returns the options with the cascade's light model as the requested one.
  func models(_ options: ModelOptions) -> ModelOptions {
    guard let light = names.first else { return options }
    var options = options
    options.model = [light]
    return options
  }

  /// Adds the second model to the task that it belongs to.
  func add(
    to tasks: inout [TaskPlan], by assembly: Assembly, options: ModelOptions, pipeline: PipelineOptions, logger: Logger
  ) throws(SetupError) {
    guard cascade != nil, let name = second else {
      return try fallbackOptions.add(
        to: &tasks, by: assembly, options: options, pipeline: pipeline, logger: logger)
    }
    let (index, model, own) = try assembly.secondModel(
      name, of: tasks, Self.heavy(options.naming(name), by: assembly))
    let first = tasks[index].model
    try Self.checkLabels(first, model, names: (first.card.name, name))
    try assembly.add(
      model, to: &tasks[index], options: own, pipeline: pipeline,
      rule: .cascade(threshold: Float(cascadeThreshold ?? 0.5)))
  }

  /// The options for the heavy model of a cascade. With int8 it runs as it is if it has no quantised network: an early
  /// exit pays most if the light network alone is quantised.
  static func heavy(_ options: ModelOptions, by assembly: Assembly) throws(SetupError) -> ModelOptions {
    guard options.precision == .int8 else { return options }
    var own = options
    own.precision = .f32
    return try assembly.models(own)[0].hasQuantised ? options : own
  }

  /// Throws if two models of a cascade do not have the same labels in the same order.
  static func checkLabels(
    _ first: LoadedModel, _ model: LoadedModel, names: (String, String)
  ) throws(SetupError) {
    let difference = first.labels.indices.first {
      $0 >= model.labels.count || first.labels[$0] != model.labels[$0]
    }
    if let difference {
      let label = first.labels[difference]
      let other = difference < model.labels.count ? "\"\(model.labels[difference])\"" : "no class"
      throw SetupError(
        "\(names.0) and \(names.1) have different labels: class \(difference) is \"\(label)\" and \(other)")
    }
    guard first.labels.count == model.labels.count else {
      throw SetupError("\(names.0) has \(first.labels.count) labels and \(names.1) \(model.labels.count)")
    }
  }
}
