import Codecs
import Recognition

/// The resolved configuration of a scan.
public struct ScanConfiguration {
  public static let usualPictureSide = 2048

  public var tasks: [TaskPlan]
  public var limits: DecodeLimits
  public var readers: Int
  public var decoders: Int
  /// Maximum number of images in a batch, even if the network could take more.
  public var maxBatch: Int
  /// Maximum tensor pixels in a batch, padding included.
  public var batchPixels: Int
  /// Bytes of decoded pixels and tensors in flight, and of what networks take beyond their usual size for large inputs.
  public var memory: Int
  public var maxFileSize: Int
  public var keepsOrder: Bool
  public var failureBudget: FailureBudget
  public var warmsUp: Bool
  /// The cache of answers; nil: none is used.
  public var cache: CacheConfiguration?
  /// Maximum long side of the picture that crops are cut from; nil: full size.
  public var pictureSide: Int? = usualPictureSide
  /// The pages that are read; nil: the first, and no option chooses others.
  public var pages: PageSelection?
  /// Whether records have the EXIF fields of their files.
  public var readsExif = false
  /// Writes files beside the records; nil: none.
  public var annotator: (any Annotator)?
  /// Lets similar images take the answer of an earlier one; nil: each image is recognised.
  public var similar: SimilarConfiguration?

  /// Whether crops or annotations need the picture. Crops of a page are cut from the page itself.
  var keepsPicture: Bool {
    annotator != nil
      || tasks.contains { task in
        let models = [task.model] + (task.secondModel.map { [$0.model] } ?? [])
        return !task.steps.isEmpty && models.contains { $0.card.input.resize.rule != .page }
      }
  }

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
  /// The part of `memory` for decoded pixels and tensors: what the networks leave, and at least a quarter. Pages are read
  /// one at a time, and more of them in memory make no run faster: if all tasks read pages, as much as one for each
  /// detector and two more take.
  var bufferMemory: Int {
    let left = max(memory / 4, memory - tasks.reduce(0) { $0 + $1.workspaceBytes })
    let pages = tasks.reduce(2) { $0 + $1.instances.count }
    return readsPages ? min(left, pages * Self.pageBytes) : left
  }

  /// Bytes of unused slots that are kept for later images. Where shapes follow the pictures few are used again: faces in
  /// pictures of 2,400 sizes kept 200 MB of them.
  var unusedSlots: Int {
    let isFree = keepsPicture || tasks.contains { !$0.model.card.input.hasFixedShape }
    return isFree ? min(32 << 20, bufferMemory / 4) : bufferMemory / 4
  }

  /// Bytes of a scanned page: 1440 x 2036 pixels.
  private static let pageBytes = 8_800_000

  /// Whether all tasks read pages, each of which keeps the networks busy for seconds.
  var readsPages: Bool { tasks.allSatisfy { $0.model.card.input.resize.rule == .page } }
}
