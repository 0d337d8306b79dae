import ArgumentParser
import Logging
import Pipeline
import Platform
import Recognition

/// The fallback of one task, and when it answers; the same for `imgrec scan` and `imgrec worker`.
struct FallbackOptions: ParsableArguments {
  @Option(
    help: .init(
      "Model to use when the model of the same task fails, or is slower than --fallback-latency.", valueName: "model"),
    completion: .models())
  var fallback: String?

  @Option(
    help: .init("Consecutive failures after which the fallback answers (default: 5).", valueName: "n"),
    transform: ArgumentParsing.count)
  var fallbackAfter: Int?

  @Option(
    help: .init(
      "Time the model may take to answer an image, such as 200ms; beyond it the fallback answers.", valueName: "time"),
    transform: ArgumentParsing.time(0.001...600))
  var fallbackLatency: Double?

  @Option(
    help: .init(
      "Share of the last 100 images that has to be answered within --fallback-latency (default: 0.95).",
      valueName: "share"),
    transform: ArgumentParsing.fraction)
  var fallbackQuantile: Double?

  @Option(
    help: .init(
      "Time until the model is tried again (default: 10s); it doubles after trials that fail, up to 30 times.",
      valueName: "time"),
    transform: ArgumentParsing.time(0.1...3600))
  var fallbackPause: Double?

  /// When the fallback answers.
  var breaker: BreakerRules {
    var rules = BreakerRules()
    if let fallbackAfter { rules.failures = fallbackAfter }
    if let fallbackPause { rules.pause = fallbackPause }
    if let fallbackLatency {
      rules.latency = .init(seconds: fallbackLatency)
      if let fallbackQuantile { rules.latency?.quantile = fallbackQuantile }
    }
    return rules
  }

  /// The rules that need no card.
  func rules() -> [OptionRule] {
    let (model, advice) = ("--fallback", "--fallback MODEL")
    return [
      .needs("--fallback-after", fallbackAfter != nil, model, fallback != nil, add: advice),
      .needs("--fallback-latency", fallbackLatency != nil, model, fallback != nil, add: advice),
      .needs("--fallback-pause", fallbackPause != nil, model, fallback != nil, add: advice),
      .needs(
        "--fallback-quantile", fallbackQuantile != nil, "--fallback-latency", fallbackLatency != nil,
        add: "--fallback-latency TIME"),
      OptionRule(
        fallbackQuantile.map { !(0.5...0.99).contains($0) } ?? false,
        "--fallback-quantile is from 0.5 to 0.99: of 100 images, a larger share leaves none that may be slow",
        "Use --fallback-quantile 0.99, or another within these bounds."),
    ]
  }

  /// Throws if `fallback` is for none of the tasks of `cards`.
  func checkTask(among cards: [ModelCard], in run: String, by assembly: Assembly) throws(SetupError) {
    guard let fallback else { return }
    let task = try assembly.store.card(fallback).task
    guard !cards.contains(where: { $0.task == task }) else { return }
    let names = cards.map(\.task.rawValue).uniqued().joined(separator: ", ")
    throw SetupError.usage(
      "\(fallback) is for the task \(task.rawValue); \(run) has \(names)",
      "Name a second model of the same task: imgrec models list shows them.")
  }

  /// Adds the fallback to the task that it belongs to, behind a breaker that prints its changes.
  func add(
    to tasks: inout [TaskPlan], by assembly: Assembly, options: ModelOptions, pipeline: PipelineOptions, logger: Logger
  ) throws(SetupError) {
    guard let fallback else { return }
    // On the processor: it answers when a GPU is lost or busy.
    var options = options
    options.device = .cpu
    let (index, model, own) = try assembly.secondModel(fallback, of: tasks, options.naming(fallback))
    let (rules, first, second) = (breaker, tasks[index].model.card.name, model.card.name)
    let breaker = CircuitBreaker(rules) {
      logger.log(
        level: $0.kind == .closed ? .notice : .warning,
        "\($0.text(model: first, fallback: second, rules))", metadata: [RunEvent.key: .string($0.event.rawValue)])
    }
    try assembly.add(model, to: &tasks[index], options: own, pipeline: pipeline, rule: .fallback(breaker))
  }
}

extension BreakerChange {
  fileprivate var event: RunEvent {
    switch kind {
    case .opened: .breakerOpened
    case .reopened: .breakerReopened
    case .closed: .breakerClosed
    }
  }

  /// The change as one line; `model` and `fallback` are the names of the cards.
  func text(model: String, fallback: String, _ rules: BreakerRules) -> String {
    let next = "next trial in \(Self.time(pause))"
    switch kind {
    case .opened(.failures):
      return "\(model) failed on \(rules.failures) \(rules.failures == 1 ? "image" : "images in a row"): "
        + "\(fallback) answers, \(next)"
    case .opened(.latency):
      let share = Quantity.decimal(((rules.latency?.quantile ?? 0) * 1000).rounded() / 10)
      return "\(model) took \(Self.time(latency)) for \(share) % of its last images, over the limit of "
        + "\(Self.time(rules.latency?.seconds ?? 0)): \(fallback) answers, \(next)"
    case .reopened(.failures): return "\(model) failed again: \(fallback) answers, \(next)"
    case .reopened(.latency): return "\(model) is still slow, \(Self.time(latency)): \(fallback) answers, \(next)"
    case .closed: return "\(model) answers again"
    }
  }

  private static func time(_ seconds: Double) -> String {
    if seconds >= 60 { return ProgressNumbers.duration(seconds) }
    return seconds < 1
      ? "\(Int((seconds * 1000).rounded())) ms" : "\(Quantity.decimal((seconds * 10).rounded() / 10)) s"
  }
}
