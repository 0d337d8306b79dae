import Recognition
import Synchronization

/// Number of pictures that a network takes in one run, shared by all its instances: assumed until the first batch,
/// verified then. The check costs several runs, which a run of one picture should not pay.
public final class BatchLimit: Sendable {
  /// Runs pictures as one batch, without regard to the limit. The outputs are valid until the next run.
  public typealias Run = ([PixelBuffer]) throws(Failure) -> [Tensor]

  private struct State {
    var maximum: Int
    var isVerified: Bool
  }
  private let state: Mutex<State>

  /// Assumes a limit of `assumed` pictures, or of the card's if that is smaller; 1 is not verified.
  public init(_ card: ModelCard, assumed: Int) {
    let maximum = max(1, min(assumed, card.maxBatch ?? Int.max))
    state = Mutex(State(maximum: maximum, isVerified: maximum == 1))
  }

  /// Maximum number of pictures in one run, as far as known.
  public var maximum: Int { state.withLock { $0.maximum } }

  /// Checks whether `model` takes a batch, unless that is known; other instances that call meanwhile wait.
  public func verify(_ model: LoadedModel, run: Run) {
    state.withLock { state in
      guard !state.isVerified else { return }
      if !EngineProbe.batches(model, count: state.maximum, run: run) { state.maximum = 1 }
      state.isVerified = true
    }
  }
}
