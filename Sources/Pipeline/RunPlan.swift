import Codecs
import Recognition

/// Everything that was chosen for a run, by the user or for him.
public struct RunPlan {
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
  public var cache: CachePlan?

  public init(
    tasks: [TaskPlan], limits: DecodeLimits = DecodeLimits(), readers: Int, decoders: Int, maxBatch: Int,
    batchPixels: Int, memory: Int, maxFileSize: Int, keepsOrder: Bool, failureBudget: FailureBudget = .unlimited,
    warmsUp: Bool = true, cache: CachePlan? = nil
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

/// One task of a run: the model that answers it and the engines that run the model, a worker each.
public struct TaskPlan {
  public var model: LoadedModel
  public var thresholds: Thresholds
  public var instances: [any Engine]

  public init(model: LoadedModel, thresholds: Thresholds, instances: [any Engine]) {
    precondition(!instances.isEmpty)
    self.model = model
    self.thresholds = thresholds
    self.instances = instances
  }

  public var task: TaskKind { model.card.task }
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
