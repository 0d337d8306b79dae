import Recognition
import Synchronization

/// Number of pictures that a network takes in one run, shared by all its instances: assumed until the first batch,
/// verified then. The check costs several runs, which a run of one picture should not pay.
public final class BatchLimit: Sendable {
  /// One output, copied.
  public struct Output {
    public var shape: [Int]
    public var values: [Float]

    public init(_ tensor: Tensor) {
      shape = tensor.shape
      values = Array(tensor.values)
    }
  }

  /// Runs pictures as one batch, without regard to the limit.
  public typealias Run = ([PixelBuffer]) throws(Failure) -> [Output]

  private struct State {
    var maximum: Int
    var isProven: Bool
  }
  private let state: Mutex<State>

  /// Assumes a limit of `assumed` pictures, at least 1; 1 is not verified.
  public init(assumed: Int) { state = Mutex(State(maximum: assumed, isProven: assumed == 1)) }

  /// Maximum number of pictures in one run, as far as known.
  public var most: Int { state.withLock { $0.maximum } }

  /// Checks whether `model` takes a batch, unless that is known; other instances that call meanwhile wait.
  public func verify(_ model: LoadedModel, run: Run) {
    state.withLock { state in
      guard !state.isProven else { return }
      if !EngineProbe.batches(model, count: state.maximum, run: run) { state.maximum = 1 }
      state.isProven = true
    }
  }
}
