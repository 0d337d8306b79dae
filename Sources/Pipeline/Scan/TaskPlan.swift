import Recognition

/// One task of a run: the model that answers it, and the engines that run it, one per worker.
public struct TaskPlan {
  public var model: LoadedModel
  public var thresholds: Thresholds
  public var instances: [any Engine]
  /// The second stages for the detections, in order.
  public var steps: [SecondStagePlan] = []
  /// Post-processes the detections after the last second stage.
  public var postprocess: (@Sendable ([Detection]) -> [Detection])?
  /// Everything that `postprocess` depends on, for the key of a cached answer.
  public var postprocessKey: [String] = []
  /// A second model for the whole image: a cascade or a fallback.
  public var secondModel: SecondModel?

  public init(model: LoadedModel, thresholds: Thresholds, instances: [any Engine]) {
    precondition(!instances.isEmpty)
    self.model = model
    self.thresholds = thresholds
    self.instances = instances
  }

  public var task: TaskKind { model.card.task }

  /// Bytes that the networks' instances take for the largest inputs, where these follow the pictures.
  var workspaceBytes: Int {
    let second = secondModel.map { $0.model.card.workspaceBytes * $0.instances.count } ?? 0
    return steps.reduce(model.card.workspaceBytes * instances.count + second) {
      $0 + $1.model.card.workspaceBytes * $1.instances.count
    }
  }

  /// Maximum number of images in one run of the network.
  public var batch: Int { instances[0].maxBatch }
  /// The names of the networks in records: `yunet@8f2383e4+sface@0ba9fbfa`.
  public var reference: String { reference(of: model) }

  /// The same with `first` instead of the first network.
  public func reference(of first: LoadedModel) -> String {
    ([first] + steps.map(\.model)).map(\.reference).joined(separator: "+")
  }

  /// The precisions in which a network may answer.
  public var precisions: Set<Precision> {
    Set([instances[0].precision] + (secondModel.map { [$0.instances[0].precision] } ?? []))
  }

  /// All names that an answer may have in records, the usual one first.
  public var references: [String] { [reference] + (secondModel.map { [reference(of: $0.model)] } ?? []) }
}

/// A second stage of a task: its model, whose card has a `step`, and the engines that run it, one per worker.
public struct SecondStagePlan {
  public var model: LoadedModel
  public var thresholds: Thresholds
  public var instances: [any Engine]

  public init(model: LoadedModel, thresholds: Thresholds, instances: [any Engine]) {
    precondition(!instances.isEmpty && model.card.step != nil)
    self.model = model
    self.thresholds = thresholds
    self.instances = instances
  }
}
