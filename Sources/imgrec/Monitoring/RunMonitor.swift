import Logging
import MetricsServer
import Outputs
import Pipeline
import Platform
import Queue
import Recognition
import Synchronization

/// Serves what a run does, and whether it is ready, at the address of `--listen`.
final class RunMonitor: Sendable {
  private struct State {
    /// Why the run is not ready yet; nil once it is.
    var obstacle: String? = "starting"
    var choices: [Summary.Choice] = []
    var networks: [RunNetwork] = []
    var queue: QueueSampler?
    var ignored: @Sendable () -> IgnoredKinds = { IgnoredKinds() }
    var cacheFaults: @Sendable () -> Int = { 0 }
  }

  private let command: String
  private let metrics: RunMetrics
  private let stop: StopToken
  private let state = Mutex(State())
  private let server = Mutex<MetricsServer?>(nil)

  private init(_ command: String, _ metrics: RunMetrics, _ stop: StopToken) {
    self.command = command
    self.metrics = metrics
    self.stop = stop
  }

  /// Starts to serve; nil without `--listen`. Throws if the address cannot be used; what goes wrong later is logged.
  static func start(
    _ options: ListenOptions, command: String, metrics: RunMetrics, stop: StopToken, logger: Logger
  ) throws(SetupError) -> RunMonitor? {
    guard let address = options.listen else { return nil }
    let socket = try address.open()
    let monitor = RunMonitor(command, metrics, stop)
    let content = MetricsServer.Content(
      metrics: { inOpenMetrics in monitor.page(inOpenMetrics ? .openMetrics : .text) },
      obstacle: { monitor.obstacle(asking: true) })
    let server = try MetricsServer(on: socket, content) { logger.warning("\($0)") }
    monitor.server.withLock { $0 = server }
    logger.notice("serving metrics at http://\(socket.address)/metrics")
    return monitor
  }

  /// Ends the server.
  func end() { server.withLock { $0 }?.stop() }

  /// Reports the run as not ready, for the given reason.
  func wait(for reason: String) { state.withLock { $0.obstacle = reason } }

  /// Reports the run as ready, unless its queue does not answer.
  func ready() { state.withLock { $0.obstacle = nil } }

  /// Adds a queue to the metrics, and to the conditions of readiness.
  func watch(_ queue: RedisQueue, plan: QueueManifest) {
    state.withLock { $0.queue = QueueSampler(queue, plan: plan) }
  }

  /// Adds the networks, the settings and the cache of a run.
  func show(_ plan: ScanConfiguration, choices: [Summary.Choice]) {
    let store = plan.cache?.store
    state.withLock { state in
      state.networks = plan.networks
      state.choices = choices
      state.cacheFaults = { store?.faults ?? 0 }
    }
  }

  /// Adds what a walk passes over.
  func show(ignored: @escaping @Sendable () -> IgnoredKinds) { state.withLock { $0.ignored = ignored } }

  /// Why the run is not ready; nil if it is. `asking`: the queue is asked, too.
  private func obstacle(asking: Bool) -> String? {
    if stop.isRequested { return "stopping" }
    let (obstacle, queue) = state.withLock { ($0.obstacle, $0.queue) }
    return obstacle ?? (asking ? queue?.sample().obstacle : nil)
  }

  private func page(_ format: MetricsFormat) -> MetricsServer.Page {
    let state = state.withLock { $0 }
    var run = RunMeasurements(metrics.report, version: Imgrec.version, command: command)
    run.report.storeFaults = state.cacheFaults()
    run.ignored = state.ignored()
    run.choices = state.choices
    run.networks = state.networks
    run.process = ProcessState.current ?? ProcessState()
    let sample = state.queue?.sample()
    run.queue = sample?.measurements
    run.isReady = obstacle(asking: false) == nil && sample?.obstacle == nil
    return MetricsServer.Page(type: format.contentType, body: run.text(format))
  }
}

extension ScanConfiguration {
  /// All networks of the run, those of one task together.
  var networks: [RunNetwork] {
    tasks.flatMap { task in
      var networks = [
        RunNetwork(task: task.task, role: "first", model: task.model, use: task.instances[0].use)
      ]
      if let second = task.secondModel {
        networks.append(
          RunNetwork(task: task.task, role: second.rule.name, model: second.model, use: second.instances[0].use))
      }
      return networks
        + task.steps.map {
          RunNetwork(
            task: task.task, role: $0.model.card.step?.rawValue ?? "second", model: $0.model, use: $0.instances[0].use)
        }
    }
  }
}

extension SecondModel.Rule {
  /// The rule as the role of a network.
  fileprivate var name: String {
    switch self {
    case .cascade: "cascade"
    case .fallback: "fallback"
    }
  }
}
