import Recognition

/// One task of a run: the model that answers it and the engines that run the model, a worker each.
public struct TaskPlan {
  public var model: LoadedModel
  public var thresholds: Thresholds
  public var instances: [any Engine]
  /// What looks at the things found, one after another.
  public var steps: [SecondStagePlan] = []
  /// Has the last word on the things found, when all steps are done.
  public var postprocess: (@Sendable ([Detection]) -> [Detection])?
  /// Everything that `postprocess` depends on, for the key of a kept answer.
  public var postprocessKey: [String] = []
  /// A second network for the whole image: a surer one, or one for when the first fails.
  public var secondModel: SecondModel?

  public init(model: LoadedModel, thresholds: Thresholds, instances: [any Engine]) {
    precondition(!instances.isEmpty)
    self.model = model
    self.thresholds = thresholds
    self.instances = instances
  }

  public var task: TaskKind { model.card.task }

  /// The most images that one run of the network takes.
  public var batch: Int { instances[0].maxBatch }
  /// How records name the networks: `yunet@8f2383e4+sface@0ba9fbfa`.
  public var reference: String { reference(of: model) }

  /// The same, when `first` takes the place of the first network.
  public func reference(of first: LoadedModel) -> String {
    ([first] + steps.map(\.model)).map(\.reference).joined(separator: "+")
  }

  /// All names that a record's answer may go by, the usual one first.
  public var references: [String] { [reference] + (secondModel.map { [reference(of: $0.model)] } ?? []) }
}

/// A further network of a task, and the engines that run it, a worker each. Its card has a step.
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
