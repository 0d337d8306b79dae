import Inputs
import Platform
import Recognition

extension Item: ChannelElement {
  /// Files cost their place in the queue; bytes that came along cost what they weigh.
  static let placeCost = 64 << 10
  var cost: Int {
    switch origin {
    case .file, .fileAt, .fault: Self.placeCost
    case .bytes(let bytes): max(Self.placeCost, bytes.count)
    }
  }
}

/// An item on its way, with what is known of it so far. One stage owns it at a time, until its slots go to several
/// networks: from then on only `complete` touches it.
final class ImageJob: ChannelElement, @unchecked Sendable {
  let index: Int
  let path: RawPath
  var bytes: FileBuffer?
  var facts = ImageFacts()
  var timings = Timings()
  var warnings: [String] = []
  var stamp: FileStamp?
  var cache = CacheState.off
  /// The tasks that have to be answered still.
  private(set) var open: [Int]
  /// For those who cut crops and draw; whoever settles the last task lets it go.
  var picture: SourcePicture?
  /// Its number among the images that others may look like.
  var leaderNumber: Int?
  let cost: Int

  private struct Parts {
    var answers: [Answer?]
    var left: Int
    var failure: Failure?
    var wait = 0.0
    var infer = 0.0
  }
  private let parts: Monitor<Parts>

  init(item: Item, bytes: FileBuffer, tasks: Int) {
    index = item.index
    path = item.path
    self.bytes = bytes
    cost = bytes.capacity
    open = Array(0..<tasks)
    parts = Monitor(Parts(answers: Array(repeating: nil, count: tasks), left: tasks))
  }

  /// Takes over what a store knows; precondition: no network has the item yet.
  func merge(_ known: CachedAnswers) {
    warnings = known.warnings
    open = known.answers.indices.filter { known.answers[$0] == nil }
    let count = open.count
    parts.withLock {
      $0.answers = known.answers
      $0.left = count
    }
  }

  /// The record of an item that ended before any network saw it.
  func outcome(failing failure: Failure) -> Outcome { outcome(.failure(failure)) }

  /// Puts in one task's answer; the caller of the last one gets the record.
  func complete(task: Int, _ answer: Result<Answer, Failure>, wait: Double, infer: Double) -> Outcome? {
    let finished = parts.withLock { parts -> Parts? in
      switch answer {
      case .success(let answer): parts.answers[task] = answer
      case .failure(let failure): parts.failure = parts.failure ?? failure
      }
      parts.wait += wait
      parts.infer += infer
      parts.left -= 1
      return parts.left == 0 ? parts : nil
    }
    guard let finished else { return nil }
    timings.wait = finished.wait
    timings.infer = finished.infer
    return outcome(finished.failure.map(Result.failure) ?? .success(finished.answers.compactMap { $0 }))
  }

  func outcome(_ result: Result<[Answer], Failure>) -> Outcome {
    var outcome = Outcome(index: index, path: path, result: result, cache: cache)
    outcome.stamp = stamp
    outcome.facts = facts
    outcome.timings = timings
    outcome.warnings = warnings
    return outcome
  }
}

/// A slot on its way to a network.
struct InferenceRequest: ChannelElement {
  let job: ImageJob
  let transform: InputTransform
  let slot: PixelBuffer
  /// The same for the task's second network, where there is one.
  var second: (transform: InputTransform, slot: PixelBuffer)?
  let readyAt: Double

  var cost: Int { transform.slot.area }
}

/// How an item leaves the run.
enum Completion: ChannelElement {
  case record(Outcome)
  /// Dropped unstarted, because the run was stopped.
  case dropped(index: Int)

  var cost: Int { 1 }

  var index: Int {
    switch self {
    case .record(let outcome): outcome.index
    case .dropped(let index): index
    }
  }
}
