/// Foresees how long a run will take, from its first tiles.
public final class UpscalePace: Sendable {
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
    var tiles = 0
    var done = 0
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

  func begin(tiles: Int) {
    monitor.with {
      $0.pictures += 1
      $0.tiles += tiles
    }
  }

  func done(tiles: Int, seconds: Double) {
    let all = total()
    let estimate = monitor.with { state -> Estimate? in
      state.done += tiles
      state.busy += seconds
      guard !state.isTold, state.busy >= Self.trial, state.done >= 4, state.pictures > 0 else { return nil }
      let each = state.busy / Double(state.done)
      let expected = all.map { Double($0) * Double(state.tiles) / Double(state.pictures) } ?? Double(state.tiles)
      let seconds = max(expected, Double(state.tiles)) * each / Double(instances)
      guard seconds >= Self.long else { return nil }
      state.isTold = true
      return Estimate(seconds: seconds, isWhole: all != nil, secondsPerTile: each)
    }
    if let estimate { tell(estimate) }
  }
}
