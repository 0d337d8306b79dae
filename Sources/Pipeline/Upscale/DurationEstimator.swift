/// Estimates the duration of a run from its first tiles.
public final class DurationEstimator: Sendable {
  /// An estimate, in seconds.
  public struct Estimate: Sendable {
    /// Of the whole run if the number of its inputs is known, otherwise of the pictures decoded so far.
    public var seconds: Double
    public var isWhole: Bool
    public var secondsPerTile: Double
  }

  private struct State {
    var isReported = false
    var pictures = 0
    /// Pixels of the tiles of these pictures, whose shapes differ.
    var pixels = 0
    var done = (tiles: 0, pixels: 0)
    var busy = 0.0
  }

  private let monitor = Monitor(State())
  private let instances: Int
  private let total: @Sendable () -> Int?
  private let report: @Sendable (Estimate) -> Void

  /// Seconds from which a run is reported as long.
  private static let long = 60.0
  /// Busy seconds of the networks before an estimate, as the first runs are slower.
  private static let trial = 5.0

  init(instances: Int, total: @escaping @Sendable () -> Int?, report: @escaping @Sendable (Estimate) -> Void) {
    self.instances = instances
    self.total = total
    self.report = report
  }

  func begin(pixels: Int) {
    monitor.withLock {
      $0.pictures += 1
      $0.pixels += pixels
    }
  }

  func add(tiles: Int, pixels: Int, seconds: Double) {
    let all = total()
    let estimate = monitor.withLock { state -> Estimate? in
      state.done.tiles += tiles
      state.done.pixels += pixels
      state.busy += seconds
      // One tile suffices if tiles take long.
      let tried = state.done.tiles >= 4 || state.busy >= 2 * Self.trial
      guard !state.isReported, state.busy >= Self.trial, tried, state.pictures > 0 else { return nil }
      let known = Double(state.pixels)
      let expected = all.map { Double($0) * known / Double(state.pictures) } ?? known
      let seconds = max(expected, known) * state.busy / Double(state.done.pixels) / Double(instances)
      guard seconds >= Self.long else { return nil }
      state.isReported = true
      return Estimate(seconds: seconds, isWhole: all != nil, secondsPerTile: state.busy / Double(state.done.tiles))
    }
    if let estimate { report(estimate) }
  }
}
