import Inputs
import Platform
import Recognition

extension Item: ChannelElement {
  /// Cost of a queued file; an item that carries its bytes costs at least as much.
  static let queueCost = 64 << 10
  var cost: Int {
    switch origin {
    case .file, .fileAt, .fault: Self.queueCost
    case .bytes(let bytes): max(Self.queueCost, bytes.count)
    }
  }
}

extension Item {
  /// Number of bytes that are read for it, as far as that is known before; 0 if none are, as they are more than `limit`.
  func byteCount(limit: Int) -> Int {
    switch origin {
    case .bytes(let bytes): bytes.count
    case .fault: 0
    case .file: FileStamp(path: path, maxBytes: limit).map { Int($0.size) } ?? 0
    case .fileAt(let other): FileStamp(path: other, maxBytes: limit).map { Int($0.size) } ?? 0
    }
  }
}

/// An item in flight, with what is known of it so far.
///
/// Unchecked: one stage owns it at a time until its slots go to several networks; from then on only `complete` changes
/// it, under a lock.
final class ImageJob: ChannelElement, @unchecked Sendable {
  let index: Int
  let path: RawPath
  /// What a data set calls it.
  let key: RawPath?
  /// The page of its file, if each has a record.
  let page: Page?
  var bytes: FileBuffer?
  var facts = ImageFacts()
  var timings = Timings()
  /// Monotonic seconds at which reading began.
  let startedAt: Double
  var warnings: [String] = []
  var stamp: FileStamp?
  var cache = CacheState.off
  /// Indices of the tasks that are not answered yet.
  private(set) var open: [Int]
  /// Source for crops and annotations; released when the last task completes.
  var picture: SourcePicture?
  /// Its number among the images whose answers similar ones may take.
  var leaderNumber: Int?
  /// The earlier image whose answers it takes.
  var match: SimilarMatch?
  let cost: Int

  private struct Parts {
    var answers: [Answer?]
    var left: Int
    var failure: Failure?
    /// Whether a task was given up, and with it the item.
    var isDropped = false
    var wait = 0.0
    var infer = 0.0
  }
  private let parts: Monitor<Parts>

  init(item: Item, bytes: FileBuffer, tasks: Int, startedAt: Double) {
    self.startedAt = startedAt
    index = item.index
    path = item.path
    key = item.key
    page = nil
    self.bytes = bytes
    cost = bytes.capacity
    open = Array(0..<tasks)
    parts = Monitor(Parts(answers: Array(repeating: nil, count: tasks), left: tasks))
  }

  /// The job of one page of `file`, which has been read.
  init(page: Page, of file: ImageJob) {
    index = file.index
    path = file.path
    key = file.key
    self.page = page
    bytes = file.bytes
    facts = file.facts
    facts.pages = page.count
    startedAt = file.startedAt
    // The file was read once.
    if page.number == 1 { timings = file.timings }
    stamp = file.stamp
    cache = file.cache
    cost = max(1, file.cost / page.count)
    open = file.open
    parts = Monitor(Parts(answers: Array(repeating: nil, count: file.open.count), left: file.open.count))
  }

  /// The end without a record.
  var dropped: Completion { .dropped(index: index, page: page) }

  /// Takes over what the cache knows; precondition: no network has the item yet.
  func merge(_ known: CachedAnswers) {
    warnings = known.warnings
    open = known.answers.indices.filter { known.answers[$0] == nil }
    let count = open.count
    parts.withLock {
      $0.answers = known.answers
      $0.left = count
    }
  }

  /// The record of an item that ended before any network answered.
  func outcome(failing failure: Failure) -> Outcome { outcome(.failure(failure)) }

  /// Sets one task's answer; returns the end of the item to the caller of the last one. Times in milliseconds.
  func complete(task: Int, _ answer: Result<Answer, Failure>, wait: Double, infer: Double) -> Completion? {
    end { parts in
      switch answer {
      case .success(let answer): parts.answers[task] = answer
      case .failure(let failure): parts.failure = parts.failure ?? failure
      }
      parts.wait += wait
      parts.infer += infer
    }
  }

  /// Gives one task up; the item is dropped when its other tasks have ended too.
  func drop() -> Completion? { end { $0.isDropped = true } }

  /// Ends one task; returns the end of the item if it was the last.
  private func end(_ change: (inout Parts) -> Void) -> Completion? {
    let finished = parts.withLock { parts -> Parts? in
      change(&parts)
      parts.left -= 1
      return parts.left == 0 ? parts : nil
    }
    guard let finished else { return nil }
    if finished.isDropped { return dropped }
    timings.wait = finished.wait
    timings.infer = finished.infer
    var outcome = outcome(finished.failure.map(Result.failure) ?? .success(finished.answers.compactMap { $0 }))
    outcome.latency = monotonicSeconds() - startedAt
    return .record(outcome)
  }

  func outcome(_ result: Result<[Answer], Failure>) -> Outcome {
    var outcome = Outcome(index: index, path: path, result: result, cache: cache)
    outcome.page = page
    outcome.key = key
    outcome.match = match
    outcome.stamp = stamp
    outcome.facts = facts
    outcome.timings = timings
    outcome.warnings = warnings
    return outcome
  }
}

/// An image in the slot of a task's network.
struct InferenceRequest: SlotRequest {
  let job: ImageJob
  let transform: InputTransform
  let slot: PixelBuffer
  /// The same for the task's second model, if it has one.
  var second: (transform: InputTransform, slot: PixelBuffer)?
  /// Seconds of the monotonic clock.
  let readyAt: Double
  /// Whether the slot is a page that the network reads in pieces.
  var isPage = false

  var cost: Int { transform.slot.area }
}
