import Cache
import Codecs
import Foundation
import Logging
import Outputs
import Pipeline
import Platform
import Recognition

extension Assembly {
  /// The cache with the queries of the tasks; nil if none is to be used.
  func cache(
    _ options: CacheOptions, tasks: [TaskPlan], limits: DecodeLimits,
    format: OutputFormat, logger: Logger
  ) throws(SetupError) -> CacheConfiguration? {
    let location = try CacheLocation(options.cache)
    guard let store = try location.makeStore(logger: logger) else { return nil }
    let queries = try tasks.map { task throws(SetupError) in
      try self.queries(task, limits: limits)
    }
    return CacheConfiguration(
      store: store, looksUp: location.looksUp, queries: queries, readsFindings: !format.usesStoredJSON)
  }

  private func queries(_ task: TaskPlan, limits: DecodeLimits) throws(SetupError) -> TaskQuery {
    func network(_ model: LoadedModel, _ thresholds: Thresholds, _ instances: [any Engine]) -> CacheKey.Network {
      .init(model: model, thresholds: thresholds, use: instances[0].use)
    }
    var networks = [network(task.model, task.thresholds, task.instances)]
    var postprocess = task.postprocessKey
    if let second = task.secondModel, case .cascade(let threshold) = second.rule {
      networks.append(network(second.model, second.thresholds, second.instances))
      postprocess.append("cascade \(threshold)")
    }
    networks += task.steps.map { network($0.model, $0.thresholds, $0.instances) }
    return TaskQuery(
      task: task.task,
      query: try query(networks, hasSteps: !task.steps.isEmpty, limits: limits, postprocess: postprocess),
      reference: task.reference, engine: task.instances[0].use,
      second: task.secondModel.map { (task.reference(of: $0.model), $0.instances[0].use) })
  }

  /// The same for the answers of a queue's workers; nil also if nothing is looked up.
  func cache(_ options: CacheOptions, asking model: ModelOptions, logger: Logger) throws(SetupError)
    -> CacheConfiguration?
  {
    let location = try CacheLocation(options.cache)
    guard location.looksUp, let store = try location.makeStore(logger: logger) else { return nil }
    return CacheConfiguration(
      store: store, queries: try models(model).map { loaded throws(SetupError) in try queries(loaded, options: model) })
  }

  /// The query of a queue's workers for a task, determined without opening an engine.
  func queries(_ model: LoadedModel, options: ModelOptions) throws(SetupError) -> TaskQuery {
    func network(_ model: LoadedModel, _ thresholds: Thresholds, _ options: ModelOptions) throws(SetupError)
      -> CacheKey.Network
    {
      .init(model: model, thresholds: thresholds, use: try selection(for: model, options).use)
    }
    let use = try selection(for: model, options).use
    var networks = [try network(model, thresholds(of: model, options: options), options)]
    for name in model.card.steps ?? [] {
      let (step, own) = try step(name, after: model.card, options: options)
      networks.append(try network(step, Thresholds(card: step.card), own))
    }
    for name in model.card.optionalSteps ?? [] {
      do throws(SetupError) {
        let (step, own) = try step(name, after: model.card, options: options)
        networks.append(try network(step, Thresholds(card: step.card), own))
      } catch {}  // a worker runs without it as well, and reports it
    }
    return TaskQuery(
      task: model.card.task,
      query: try query(networks, hasSteps: networks.count > 1, limits: DecodeLimits(), postprocess: []),
      reference: networks.map(\.model.reference).joined(separator: "+"), engine: use)
  }

  private func query(_ networks: [CacheKey.Network], hasSteps: Bool, limits: DecodeLimits, postprocess: [String])
    throws(SetupError) -> QueryKey
  {
    var options = CacheKey.Options(engine: networks[0].engine)
    options.fullDecode = limits.fullDecode
    let defaults = DecodeLimits()
    if limits.maxWarnings > defaults.maxWarnings { options.limits.append("warnings \(limits.maxWarnings)") }
    if limits.maxScans != defaults.maxScans { options.limits.append("scans \(limits.maxScans)") }
    // Crops depend on the size of the picture that they are cut from.
    let crops = hasSteps ? ["crops of \(ScanConfiguration.usualPictureSide)"] : []
    return try CacheKey.query(networks: networks, options: options, last: postprocess + crops)
  }
}

extension CacheKey.Network {
  fileprivate init(model: LoadedModel, thresholds: Thresholds, use: EngineUse) {
    self.init(
      model: model, thresholds: thresholds,
      engine: "\(use.kind.rawValue) \(use.precision.rawValue)" + (use.device == .cpu ? "" : " \(use.device.rawValue)"))
  }
}
