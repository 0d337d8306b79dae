import Recognition
import Synchronization

/// How many pictures a network takes in one run, for all instances of it: what is hoped for until the first batch comes,
/// and then what it was found to take. Finding out costs several runs, which a run of one picture should not pay.
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

  /// Runs pictures at once, whatever the limit.
  public typealias Run = ([PixelBuffer]) throws(Failure) -> [Output]

  private struct State {
    var most: Int
    var isProven: Bool
  }
  private let state: Mutex<State>

  /// `assumed`, at least 1; 1 needs no proof.
  public init(assumed: Int) { state = Mutex(State(most: assumed, isProven: assumed == 1)) }

  /// The most pictures of one run, as far as is known.
  public var most: Int { state.withLock { $0.most } }

  /// Finds out whether `model` takes a batch, unless that is known; instances that ask meanwhile wait.
  public func verify(_ model: LoadedModel, run: Run) {
    state.withLock { state in
      guard !state.isProven else { return }
      if !EngineProbe.batches(model, count: state.most, run: run) { state.most = 1 }
      state.isProven = true
    }
  }
}
