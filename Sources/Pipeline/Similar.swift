import Recognition

/// How a run lets images take the answer of an earlier one that looks like them.
public struct SimilarPlan: Sendable {
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
  static func view(of image: PixelSize) -> View {
    InputSpec(
      width: hash.side, height: hash.side, resize: .init(rule: .stretch), channels: .grey, mean: [0], scale: [1]
    ).view(of: image)
  }
}

/// The images of a run that were recognised or are about to be, by their hashes, and those that wait for them.
///
/// Images are to be shown in one order (`Turnstile`), so that who follows whom does not depend on the workers.
final class Likenesses: Sendable {
  enum Place {
    /// Nothing looks like it: it is recognised, and is to `settle` under this number.
    case first(Int)
    case follows(Answers, Likeness)
    /// The image that it looks like is not answered yet; its record leaves with that one's.
    case waits
  }

  struct Answers {
    var answers: [Answer]
    var warnings: [String]
  }

  private struct Known {
    var path: PathBytes
    var size: PixelSize
    var answers: Answers?
    /// False after it failed: nobody follows it any more.
    var leads = true
    var waiting: [(work: Work, likeness: Likeness)] = []
  }

  private struct State {
    var index: HammingWindow
    var known: [Int: Known] = [:]
  }

  private let monitor: Monitor<State>
  private let plan: SimilarPlan
  /// Whether answers hold places, which mean nothing in an image of another size.
  private let wantsSize: Bool

  init(_ plan: SimilarPlan, tasks: [TaskKind]) {
    self.plan = plan
    monitor = Monitor(State(index: HammingWindow(radius: plan.distance)))
    wantsSize = tasks.contains { task in
      switch task.nothing {
      case .labels, .embedding: false
      case .detections, .segments, .measures, .upscaled: true
      }
    }
  }

  func place(_ work: Work, size: PixelSize, hash: UInt64) -> Place {
    monitor.with { state in
      let near = state.index.nearest(to: hash) { number in
        guard let known = state.known[number], known.leads else { return false }
        return !wantsSize || known.size == size
      }
      if let near, let known = state.known[near.number] {
        let likeness = Likeness(path: known.path, distance: near.distance)
        if let answers = known.answers { return .follows(answers, likeness) }
        state.known[near.number]?.waiting.append((work, likeness))
        return .waits
      }
      let number = state.index.append(hash)
      state.known[number] = Known(path: work.path, size: size)
      // One that is not answered yet stays known until it is, and then goes.
      let last = number - plan.memory
      if last >= 0 {
        state.index.forget(through: last)
        if let old = state.known[last], old.answers != nil || !old.leads { state.known[last] = nil }
      }
      return .first(number)
    }
  }

  /// Takes the outcome of image `number`; gives those that waited for it.
  func settle(_ number: Int, _ outcome: Outcome) -> [(work: Work, likeness: Likeness)] {
    monitor.with { state in
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
final class Turnstile: Sendable {
  private let monitor = Monitor(0)

  /// Waits for the turn of `ticket`, and runs `body` before the next one's.
  func pass<R>(_ ticket: Int, _ body: () -> R) -> R {
    monitor.when({ $0 == ticket }, { _ in })
    let result = body()
    monitor.change { $0 += 1 }
    return result
  }
}

/// The order in which files come to the decoders, where it matters.
final class DecodingOrder: Sendable {
  private let tickets = Monitor(0)
  /// Memory is taken in order too: who has his turn has his memory already, and never waits for those behind him.
  let memory = Turnstile()
  let decision = Turnstile()

  /// The next file and its place in the order.
  func receive(from channel: Channel<Work>) -> (work: Work, ticket: Int)? {
    tickets.with { next in
      guard let work = channel.receive() else { return nil }
      defer { next += 1 }
      return (work, next)
    }
  }
}

extension Run {
  /// What an image that looks like another one is told as.
  func follow(_ work: Work, _ likeness: Likeness, _ answers: Likenesses.Answers) {
    work.cache = .similar
    var outcome = work.outcome(.success(answers.answers))
    outcome.likeness = likeness
    departures.send(.record(outcome))
  }

  /// Tells those that waited for an image what became of it.
  func settleLikenesses(_ work: Work, _ outcome: Outcome) {
    guard let number = work.likenessNumber, let likenesses else { return }
    for (follower, likeness) in likenesses.settle(number, outcome) {
      switch outcome.result {
      case .success(let answers): follow(follower, likeness, .init(answers: answers, warnings: outcome.warnings))
      case .failure(var failure):
        failure.message = "as \(likeness.path), which it looks like: \(failure.message)"
        departures.send(.record(follower.outcome(failing: failure)))
      }
    }
  }
}
