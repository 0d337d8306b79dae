import Outputs
import Platform
import Recognition

extension BenchCommand {
  /// The models of the cascade as the command line names them.
  private var cascadeNames: [String] { cascade.flatMap { try? ArgumentParsing.list($0) } ?? [] }

  /// The options for one model of the cascade.
  private func options(for name: String) -> ModelOptions {
    var own = model
    own.model = [name]
    return own
  }

  private func heavyOptions(_ assembly: Assembly) throws(SetupError) -> ModelOptions {
    try SecondModelOptions.heavy(options(for: cascadeNames[1]), by: assembly)
  }

  func checkCascade(_ assembly: Assembly) throws(SetupError) {
    let names = cascadeNames
    try [
      OptionRule(names.count != 2, "--cascade needs two models", "Name them: --cascade LIGHT,HEAVY."),
      .excludes("--cascade", true, "--model", !model.model.isEmpty, because: "it names the models"),
      .excludes("--cascade", true, "--task", !model.task.isEmpty, because: "its models have one"),
      OptionRule(
        save, "--save and --cascade cannot be used together: the threshold is an option of scan",
        "Leave --save out, and pass the threshold to imgrec scan as --cascade-threshold."),
      OptionRule(
        model.top != nil || model.minConfidence != nil || !model.labels.isEmpty,
        "--top, --min-confidence and --labels do nothing with --cascade: the best answers are compared",
        "Leave them out."),
    ].check()
    for name in names {
      let card = try assembly.cards(options(for: name))[0]
      try [
        OptionRule(
          card.task.findingsKind != .labels, "--cascade needs two models that classify; \(name) does not",
          "Name two models of the task classify: imgrec models list shows them.")
      ].check()
    }
  }

  /// The light and the heavy model.
  func cascadeModels(_ assembly: Assembly) throws(SetupError) -> [LoadedModel] {
    let models = try [
      assembly.models(options(for: cascadeNames[0]))[0], assembly.models(heavyOptions(assembly))[0],
    ]
    guard models[0].digest != models[1].digest else {
      throw SetupError.usage("both models of the cascade are the same network", "Name two different models.")
    }
    try SecondModelOptions.checkLabels(models[0], models[1], names: (models[0].card.name, models[1].card.name))
    return models
  }

  func measureCascade(
    _ models: [LoadedModel], _ items: [Item], by assembly: Assembly, into output: ByteOutput
  ) throws(SetupError) -> ExitStatus {
    let (quiet, count) = (listing.quiet, SummaryLine.counted(items.count, "image"))
    if !quiet { Console.note("\(models[0].reference), \(models[1].reference), \(count), \(HostInfo.cores) cores") }
    let bench = CascadeBench(
      assembly: assembly, light: models[0], heavy: models[1], options: model,
      heavyOptions: try heavyOptions(assembly), items: items, maxLoss: maxLoss ?? 0.003
    ) { if !quiet { Console.note("measuring \($0)") } }
    let result = try bench.run()
    do throws(SinkError) {
      try output.write(Array(result.text(listing.format(json ? .json : format, for: output)).utf8))
      try output.finish()
    } catch {
      if case .failed(let message) = error { throw SetupError(message) }
    }
    return .done
  }
}
