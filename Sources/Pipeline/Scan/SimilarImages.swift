import Platform
import Recognition

/// Settings by which images take the answers of an earlier, similar one.
public struct SimilarConfiguration: Sendable {
  public static let hash = PerceptualHash.phash
  /// Maximum number of bits in which the hashes may differ.
  public var distance: Int
  /// Number of leaders that are remembered; beyond it the oldest is forgotten.
  public var memory: Int

  public init(distance: Int, memory: Int = 100_000) {
    self.distance = distance
    self.memory = memory
  }

  /// The transform of an image into the hash's input.
  static func transform(of image: PixelSize) -> InputTransform {
    InputSpec(
      width: hash.side, height: hash.side, resize: .init(rule: .stretch), channels: .grey, mean: [0], scale: [1]
    ).transform(of: image)
  }
}

/// Index of near duplicates: the images of a run that are recognised (leaders), by their hashes, and those that wait for
/// their answers (followers).
///
/// Images must be decided in one order (`DecodeSequencer`), so that the leader of an image does not depend on the
/// workers.
final class SimilarImages: Sendable {
  enum Decision {
    /// Similar to none: it is recognised, and must `complete` under this number.
    case leader(Int)
    /// Takes these answers.
    case follower(Answers)
    /// Its leader is not answered yet, with whose answers it completes.
    case waiting
  }

  struct Answers {
    var answers: [Answer]
    var warnings: [String]
  }

  private struct Known {
    var path: RawPath
    var page: Page?
    var size: PixelSize
    var answers: Answers?
    /// False after it failed: no image follows it then.
    var leads = true
    var waiting: [ImageJob] = []
  }

  private struct State {
    var index: RollingHammingIndex
    var known: [Int: Known] = [:]
  }

  private let monitor: Monitor<State>
  private let plan: SimilarConfiguration
  private let tasks: [TaskKind]
  /// Whether answers depend on the size of the image.
  private let needsSameSize: Bool

  init(_ plan: SimilarConfiguration, tasks: [TaskKind]) {
    self.plan = plan
    self.tasks = tasks
    monitor = Monitor(State(index: RollingHammingIndex(radius: plan.distance)))
    // Measures too: sharpness depends on the size.
    needsSameSize = tasks.filter(\.isSharedBySimilarImages).contains {
      $0.findingsKind.hasCoordinates || $0.findingsKind == .measures
    }
  }

  /// The open tasks of `job` whose answers it may take from a similar image.
  func shared(by job: ImageJob) -> [Int] { job.open.filter { tasks[$0].isSharedBySimilarImages } }

  /// Whether `job` takes none of its own answers from a similar image, or not all of them.
  func hasOwnTasks(_ job: ImageJob) -> Bool { job.open.contains { !tasks[$0].isSharedBySimilarImages } }

  func decide(_ job: ImageJob, size: PixelSize, hash: UInt64) -> Decision {
    monitor.withLock { state in
      let near = state.index.nearest(to: hash) { number in
        guard let known = state.known[number], known.leads else { return false }
        return !needsSameSize || known.size == size
      }
      if let near, let known = state.known[near.number] {
        job.match = SimilarMatch(path: known.path, page: known.page?.number, distance: near.distance)
        job.cache = .similar
        if let answers = known.answers { return .follower(answers) }
        state.known[near.number]?.waiting.append(job)
        return .waiting
      }
      let number = state.index.append(hash)
      state.known[number] = Known(path: job.path, page: job.page, size: size)
      // A leader that is not answered yet is forgotten once it is.
      let last = number - plan.memory
      if last >= 0 {
        state.index.forget(through: last)
        if let old = state.known[last], old.answers != nil || !old.leads { state.known[last] = nil }
      }
      return .leader(number)
    }
  }

  /// Stores the outcome of leader `number`, nil if it was dropped; returns the images that waited for it.
  func complete(_ number: Int, _ outcome: Outcome?) -> [ImageJob] {
    monitor.withLock { state in
      guard var known = state.known[number] else { return [] }
      let waiting = known.waiting
      known.waiting = []
      if let outcome, case .success(let answers) = outcome.result {
        known.answers = Answers(answers: answers, warnings: outcome.warnings)
      } else {
        known.leads = false
      }
      state.known[number] = number < state.index.first ? nil : known
      return waiting
    }
  }
}
