import Recognition

/// The stages that answer one task: its model, its second model if any, and its second stages.
struct TaskStages {
  private var inference: [InferenceStage] = []
  private var secondModel: [SecondModelStage] = []
  private var crops: [[CropStage]] = []
  private var watches: [BreakerWatch] = []

  init(
    _ index: Int, of configuration: ScanConfiguration, _ channels: ScanChannels, _ completer: JobCompleter,
    _ buffers: Buffers, _ control: RunControl
  ) {
    let task = configuration.tasks[index]
    /// Sends to the second stages from `first` on.
    func router(from first: Int) -> AnswerRouter {
      AnswerRouter(
        index: index, task: task, first: first, crops: channels.crops[index].dropFirst(first).map { $0.sender() },
        completer: completer, buffers: buffers, stop: control.stop)
    }
    func network(_ engine: any Engine, _ number: Int, _ model: LoadedModel, _ thresholds: Thresholds) -> NetworkWorker {
      NetworkWorker(
        engine: engine, instance: number, model: model, thresholds: thresholds, configuration: configuration,
        control: control)
    }
    inference = task.instances.enumerated().map { number, engine in
      InferenceStage(
        requests: channels.inference[index].receiver(), escalated: channels.escalated[index].sender(),
        network: network(engine, number, task.model, task.thresholds), task: task, router: router(from: 0),
        buffers: buffers, control: control)
    }
    if let second = task.secondModel {
      secondModel = second.instances.enumerated().map { number, engine in
        SecondModelStage(
          requests: channels.escalated[index].receiver(),
          network: network(engine, number, second.model, second.thresholds), task: task, rule: second.rule,
          router: router(from: 0), buffers: buffers, control: control)
      }
    }
    if let second = task.secondModel, case .fallback(let breaker) = second.rule, breaker.rules.latency != nil {
      watches = [
        BreakerWatch(
          breaker: breaker, second: second, requests: channels.inference[index],
          escalated: channels.escalated[index].sender(), buffers: buffers)
      ]
    }
    crops = task.steps.enumerated().map { n, stage in
      stage.instances.enumerated().map { number, engine in
        CropStage(
          requests: channels.crops[index][n].receiver(), stage: n,
          network: network(engine, number, stage.model, stage.thresholds), router: router(from: n + 1),
          buffers: buffers, control: control)
      }
    }
  }

  func start(_ workers: WorkerGroup, label: String) {
    workers.start("infer.\(label)", inference) { $0.run() }
    workers.start("second.\(label)", secondModel) { $0.run() }
    workers.start("watch.\(label)", watches) { $0.run() }
    for (n, stages) in crops.enumerated() { workers.start("crop.\(label).\(n)", stages) { $0.run() } }
  }
}
