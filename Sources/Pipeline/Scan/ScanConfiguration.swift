import Codecs
import Recognition

/// Everything that was chosen for a run, by the user or for him.
public struct ScanConfiguration {
  public static let usualPictureSide = 2048

  public var tasks: [TaskPlan]
  public var limits: DecodeLimits
  public var readers: Int
  public var decoders: Int
  /// The most images in a batch, whatever the network could take.
  public var maxBatch: Int
  /// The most tensor pixels in a batch, padding included.
  public var batchPixels: Int
  /// Bytes of decoded pixels and tensors in flight.
  public var memory: Int
  public var maxFileSize: Int
  public var keepsOrder: Bool
  public var failureBudget: FailureBudget
  public var warmsUp: Bool
  /// Answers of earlier runs; nil: none are asked for.
  public var cache: CacheConfiguration?
  /// The long side, at most, of the picture that steps cut crops from; nil: as long as it is.
  public var pictureSide: Int? = usualPictureSide
  /// Makes files beside the records.
  public var annotator: (any Annotator)?
  /// Images that look like an earlier one take its answer; nil: each is recognised.
  public var similar: SimilarConfiguration?

  /// Whether anything needs the picture itself.
  var keepsPicture: Bool { annotator != nil || tasks.contains { !$0.steps.isEmpty } }

  public init(
    tasks: [TaskPlan], limits: DecodeLimits = DecodeLimits(), readers: Int, decoders: Int, maxBatch: Int,
    batchPixels: Int, memory: Int, maxFileSize: Int, keepsOrder: Bool, failureBudget: FailureBudget = .unlimited,
    warmsUp: Bool = true, cache: CacheConfiguration? = nil
  ) {
    self.tasks = tasks
    self.limits = limits
    self.readers = readers
    self.decoders = decoders
    self.maxBatch = maxBatch
    self.batchPixels = batchPixels
    self.memory = memory
    self.maxFileSize = maxFileSize
    self.keepsOrder = keepsOrder
    self.failureBudget = failureBudget
    self.warmsUp = warmsUp
    self.cache = cache
  }
}

extension ScanConfiguration {
  /// The tensor pixels that may wait for a task's networks: a few batches for each. More would not make them faster,
  /// only the run larger.
  func preparedPixels(_ task: TaskPlan) -> Int {
    let input = task.model.card.input
    let side = input.resize.side ?? max(input.width, input.height)
    let largest = input.hasFixedShape ? input.width * input.height : side * side
    let batch = min(batchPixels, largest * min(maxBatch, task.batch))
    return 4 * max(batch, largest) * task.instances.count
  }
}

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

/// How many images may fail before the run ends.
public enum FailureBudget: Sendable, Hashable {
  case unlimited
  case count(Int)
  /// Percent of the records, looked at from the hundredth on.
  case percent(Double)

  func isSpent(failed: Int, of records: Int) -> Bool {
    switch self {
    case .unlimited: false
    case .count(let most): failed > most
    case .percent(let most): records >= 100 && Double(failed) * 100 > most * Double(records)
    }
  }
}
