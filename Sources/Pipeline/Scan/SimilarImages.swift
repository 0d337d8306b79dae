import Platform
import Recognition

/// How a run lets images take the answer of an earlier one that looks like them.
public struct SimilarConfiguration: Sendable {
  public static let hash = PerceptualHash.phash
  /// Bits in which the hashes may differ.
  public var distance: Int
  /// Different images that are remembered; beyond that the oldest is forgotten.
  public var memory: Int

  public init(distance: Int, memory: Int = 100_000) {
    self.distance = distance
    self.memory = memory
  }

  /// What the hash wants to see of an image.
  static func transform(of image: PixelSize) -> InputTransform {
    InputSpec(
      width: hash.side, height: hash.side, resize: .init(rule: .stretch), channels: .grey, mean: [0], scale: [1]
    ).transform(of: image)
  }
}

/// The images of a run that were recognised or are about to be, by their hashes, and those that wait for them.
///
/// Images are to be shown in one order (`TicketLock`), so that who follows whom does not depend on the workers.
final class SimilarImages: Sendable {
  enum Decision {
    /// Nothing looks like it: it is recognised, and is to `complete` under this number.
    case leader(Int)
    case follower(Answers, SimilarMatch)
    /// The image that it looks like is not answered yet; its record leaves with that one's.
    case waiting
  }

  struct Answers {
    var answers: [Answer]
    var warnings: [String]
  }

  private struct Known {
    var path: RawPath
    var size: PixelSize
    var answers: Answers?
    /// False after it failed: nobody follows it any more.
    var leads = true
    var waiting: [(job: ImageJob, match: SimilarMatch)] = []
  }

  private struct State {
    var index: RollingHammingIndex
    var known: [Int: Known] = [:]
  }

  private let monitor: Monitor<State>
  private let plan: SimilarConfiguration
  /// Whether answers hold places, which mean nothing in an image of another size.
  private let wantsSize: Bool

  init(_ plan: SimilarConfiguration, tasks: [TaskKind]) {
    self.plan = plan
    monitor = Monitor(State(index: RollingHammingIndex(radius: plan.distance)))
    wantsSize = tasks.contains { task in
      switch task.nothing {
      case .labels, .embedding: false
      case .detections, .segments, .measures, .upscaled: true
      }
    }
  }

  func decide(_ job: ImageJob, size: PixelSize, hash: UInt64) -> Decision {
    monitor.withLock { state in
      let near = state.index.nearest(to: hash) { number in
        guard let known = state.known[number], known.leads else { return false }
        return !wantsSize || known.size == size
      }
      if let near, let known = state.known[near.number] {
        let match = SimilarMatch(path: known.path, distance: near.distance)
        if let answers = known.answers { return .follower(answers, match) }
        state.known[near.number]?.waiting.append((job, match))
        return .waiting
      }
      let number = state.index.append(hash)
      state.known[number] = Known(path: job.path, size: size)
      // One that is not answered yet stays known until it is, and then goes.
      let last = number - plan.memory
      if last >= 0 {
        state.index.forget(through: last)
        if let old = state.known[last], old.answers != nil || !old.leads { state.known[last] = nil }
      }
      return .leader(number)
    }
  }

  /// Takes the outcome of image `number`; gives those that waited for it.
  func complete(_ number: Int, _ outcome: Outcome) -> [(job: ImageJob, match: SimilarMatch)] {
    monitor.withLock { state in
      guard var known = state.known[number] else { return [] }
      let waiting = known.waiting
      known.waiting = []
      if case .success(let answers) = outcome.result {
        known.answers = Answers(answers: answers, warnings: outcome.warnings)
      } else {
        known.leads = false
      }
      state.known[number] = number < state.index.first ? nil : known
      return waiting
    }
  }
}

/// Lets workers pass in the order of their tickets.
final class TicketLock: Sendable {
  private let monitor = Monitor(0)

  /// Waits for the turn of `ticket`, and runs `body` before the next one's.
  func pass<R>(_ ticket: Int, _ body: () -> R) -> R {
    monitor.wait(until: { $0 == ticket }, { _ in })
    let result = body()
    monitor.update { $0 += 1 }
    return result
  }
}

/// The order in which files come to the decoders, where it matters.
final class DecodeSequencer: Sendable {
  private let tickets = Monitor(0)
  /// Memory is taken in order too: who has his turn has his memory already, and never waits for those behind him.
  let memory = TicketLock()
  let decision = TicketLock()

  /// The next file and its place in the order.
  func receive(from channel: Channel<ImageJob>) -> (job: ImageJob, ticket: Int)? {
    tickets.withLock { next in
      guard let job = channel.receive() else { return nil }
      defer { next += 1 }
      return (job, next)
    }
  }
}

extension ScanPipeline {
  /// What an image that looks like another one is told as.
  func emitFollower(_ job: ImageJob, _ match: SimilarMatch, _ answers: SimilarImages.Answers) {
    job.cache = .similar
    var outcome = job.outcome(.success(answers.answers))
    outcome.match = match
    completions.send(.record(outcome))
  }

  /// Tells those that waited for an image what became of it.
  func emitFollowers(_ job: ImageJob, _ outcome: Outcome) {
    guard let number = job.leaderNumber, let similarImages else { return }
    for (follower, match) in similarImages.complete(number, outcome) {
      switch outcome.result {
      case .success(let answers): emitFollower(follower, match, .init(answers: answers, warnings: outcome.warnings))
      case .failure(var failure):
        failure.message = "as \(match.path), which it looks like: \(failure.message)"
        completions.send(.record(follower.outcome(failing: failure)))
      }
    }
  }
}
