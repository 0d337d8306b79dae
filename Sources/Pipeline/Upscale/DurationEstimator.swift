/// Foresees how long a run will take, from its first tiles.
public final class DurationEstimator: Sendable {
  /// What can be foreseen.
  public struct Estimate: Sendable {
    /// Of the whole run, where the number of its inputs is known; else of the pictures that were decoded so far.
    public var seconds: Double
    public var isWhole: Bool
    public var secondsPerTile: Double
  }

  private struct State {
    var isTold = false
    var pictures = 0
    /// Of the tiles of these pictures, whose shapes differ.
    var pixels = 0
    var done = (tiles: 0, pixels: 0)
    var busy = 0.0
  }

  private let monitor = Monitor(State())
  private let instances: Int
  private let total: @Sendable () -> Int?
  private let tell: @Sendable (Estimate) -> Void

  /// Shorter runs are not worth a word.
  private static let long = 60.0
  /// Busy seconds of the networks before anything is foreseen, for the first runs are slower.
  private static let trial = 5.0

  init(instances: Int, total: @escaping @Sendable () -> Int?, tell: @escaping @Sendable (Estimate) -> Void) {
    self.instances = instances
    self.total = total
    self.tell = tell
  }

  func begin(pixels: Int) {
    monitor.withLock {
      $0.pictures += 1
      $0.pixels += pixels
    }
  }

  func done(tiles: Int, pixels: Int, seconds: Double) {
    let all = total()
    let estimate = monitor.withLock { state -> Estimate? in
      state.done.tiles += tiles
      state.done.pixels += pixels
      state.busy += seconds
      // One tile tells enough where tiles take long.
      let tried = state.done.tiles >= 4 || state.busy >= 2 * Self.trial
      guard !state.isTold, state.busy >= Self.trial, tried, state.pictures > 0 else { return nil }
      let known = Double(state.pixels)
      let expected = all.map { Double($0) * known / Double(state.pictures) } ?? known
      let seconds = max(expected, known) * state.busy / Double(state.done.pixels) / Double(instances)
      guard seconds >= Self.long else { return nil }
      state.isTold = true
      return Estimate(seconds: seconds, isWhole: all != nil, secondsPerTile: state.busy / Double(state.done.tiles))
    }
    if let estimate { tell(estimate) }
  }
}
