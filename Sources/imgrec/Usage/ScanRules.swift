import Platform
import Recognition

extension ScanCommand {
  /// Checks the command line as a whole, before anything is opened.
  func checkUsage() throws(SetupError) {
    try cache.check()
    if let queue = queued.queue { _ = try QueueOptions.url(queue) }
    try rules().check()
    _ = try watching.pattern(output)
    let assembly = Assembly(store: try .standard(), pulls: false)
    let options = secondModels.models(model)
    let tasks = RunTasks(
      try assembly.cards(options), options: options, isCascade: secondModels.cascade != nil)
    try taskRules(tasks).check()
    guard let second = secondModels.second else { return }
    let card = try assembly.store.card(second)
    try [
      OptionRule(
        !tasks.cards.contains { $0.task == card.task },
        "\(second) is for the task \(card.task.rawValue); this run has \(tasks.names)",
        "Name a second model of the same task: imgrec models list shows them.")
    ].check()
  }

  /// The rules that need no card.
  private func rules() -> [OptionRule] {
    let hasReports = runOptions.summary != nil || runOptions.metrics != nil
    let artifact = artifacts.firstOption
    let ownsCache = cache.cache != "auto" && cache.cache != "off"
    let label = output.format?.holdsAnnotations == true
    let formatOption = "--format \(output.format?.rawValue ?? "")"
    return input.rules("imgrec scan") + model.rules() + runOptions.rules() + secondModels.rules(model)
      + output.rules(resumes: resuming.resume, hasFolders: artifact != nil, hasReports: hasReports)
      + [
        .excludes(
          "--pages all", pageChoice.pages == .all, formatOption, label,
          because: "annotations are named by the file, and not by its pages"),
        .excludes(
          "--similar", secondModels.similar != nil, artifact ?? "", artifact != nil,
          because: "an answer that is taken from another image has no picture"),
        .excludes(
          "--similar", secondModels.similar != nil, formatOption, label,
          because: "an answer that is taken from another image has no objects of its own"),
        .excludes(
          "--cache \(cache.cache == "refresh" ? "refresh" : "URL")", ownsCache, artifact ?? formatOption,
          artifact != nil || label, because: "a cached answer has no picture"),
      ] + faces.scanRules() + exif.rules(output.format) + queueRules() + watchRules()
  }

  /// The rules about the tasks of the run.
  private func taskRules(_ tasks: RunTasks) -> [OptionRule] {
    let alone = TaskKind.scanned.filter { !$0.isSharedBySimilarImages }.map(\.rawValue).joined(separator: ", ")
    return tasks.filterRules() + output.rules(tasks) + artifacts.rules(tasks) + [
      tasks.rule("--identify", faces.identify, needs: [.faces]),
      tasks.rule("--vectors", faces.vectors, needs: [.faces]),
      tasks.rule("--age-gender", traits.ageGender, needs: [.faces]),
      OptionRule(
        secondModels.similar != nil && !tasks.cards.contains { $0.task.isSharedBySimilarImages },
        "--similar does not apply to \(alone), in which near duplicates may differ; this run has \(tasks.names)",
        tasks.advice(adding: .classify, orLeaveOut: "--similar")),
      OptionRule(
        secondModels.cascade != nil && tasks.cards.first.map { $0.task.findingsKind != .labels } ?? false,
        "--cascade needs two models that classify; \(tasks.cards.first?.name ?? "") does not",
        "Name two models of the task classify: imgrec models list shows them."),
    ]
  }

  /// The rules of a run whose images the workers of a queue process.
  private func queueRules() -> [OptionRule] {
    guard queued.queue != nil else { return queued.submission.rulesWithoutQueue() }
    let artifact = artifacts.firstOption
    func excludes(_ option: String, _ isGiven: Bool, _ reason: String) -> OptionRule {
      .excludes("--queue", true, option, isGiven, because: reason)
    }
    let isWhole = "the workers of a queue do not have it"
    return [
      OptionRule(
        resuming.resume, "--queue and --resume cannot be used together",
        "Continue with imgrec collect --queue URL -o FILE --resume."),
      excludes(
        "--format \(output.format?.rawValue ?? "")", output.format?.isResumable == false,
        "its records are JSON Lines"),
      excludes(artifact ?? "", artifact != nil, "the workers have the pictures"),
      excludes("--npy", output.npy != nil, "its records come in the order of completion"),
      excludes("--pages all", pageChoice.pages == .all, "an item of a queue has one record"),
      excludes("--identify", faces.identify, isWhole), excludes("--vectors", faces.vectors, isWhole),
      excludes("--age-gender", traits.ageGender, isWhole),
      excludes("--cascade", secondModels.cascade != nil, isWhole),
      excludes(
        "--fallback", secondModels.fallback != nil, "each worker has its own, imgrec worker --fallback MODEL"),
      excludes("--similar", secondModels.similar != nil, isWhole),
      excludes("--summary", runOptions.summary != nil, "the workers measure what it holds"),
      excludes("--metrics", runOptions.metrics != nil, "the workers measure what it holds"),
      excludes("--fail-fast", runOptions.failFast, "the workers continue"),
      excludes("--max-failures", runOptions.maxFailures != nil, "the workers continue"),
    ] + model.rulesOfQueue() + pipeline.rulesOfQueue() + queued.submission.rules(cache)
  }
}

extension SecondModelOptions {
  func rules(_ options: ModelOptions) -> [OptionRule] {
    [
      OptionRule(
        cascade != nil && names.count != 2, "--cascade needs two models", "Name them: --cascade LIGHT,HEAVY."),
      .excludes("--cascade", cascade != nil, "--model", !options.model.isEmpty, because: "it names the models"),
      .excludes("--cascade", cascade != nil, "--task", !options.task.isEmpty, because: "its models have one"),
      .excludes("--cascade", cascade != nil, "--fallback", fallback != nil),
      .needs(
        "--cascade-threshold", cascadeThreshold != nil, "--cascade", cascade != nil, add: "--cascade LIGHT,HEAVY"),
    ] + fallbackOptions.rules()
  }
}

extension IdentityOptions {
  /// The rules of `imgrec scan`; it identifies faces only with one of the flags.
  func scanRules() -> [OptionRule] {
    [
      .needs("--gallery", gallery != nil, "--identify", identify),
      .needs("--max-distance", maxDistance != nil, "--identify", identify),
      .needs("--identifier", identifier != "sface", "--identify or --vectors", identify || vectors),
    ]
  }
}
