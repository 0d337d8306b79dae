import Platform
import Recognition

/// Keeps images away from a network that fails one image after another (Nygard, Release It!).
///
/// Closed: the network is tried. After `limit` failures in a row it opens, and the network is not tried for `pause`
/// seconds; then one image is admitted as a probe (half open), whose answer closes the breaker or leaves it open.
public final class CircuitBreaker: Sendable {
  private struct State {
    var failures = 0
    /// When the next probe is admitted; nil while closed.
    var probeAt: Double?
    var isProbing = false
    var tripCount = 0
  }

  private let limit: Int
  private let pause: Double
  private let clock: @Sendable () -> Double
  private let monitor = Monitor(State())

  public init(limit: Int, pause: Double) {
    self.limit = limit
    self.pause = pause
    clock = monotonicSeconds
  }

  init(limit: Int, pause: Double, clock: @escaping @Sendable () -> Double) {
    self.limit = limit
    self.pause = pause
    self.clock = clock
  }

  /// Where it stands, without the names of the models.
  public var report: BreakerReport {
    monitor.withLock { state in
      var report = BreakerReport()
      report.state = state.isProbing ? .halfOpen : state.probeAt == nil ? .closed : .open
      report.openings[.failures] = state.tripCount
      return report
    }
  }

  /// Number of times it has opened.
  var tripCount: Int { monitor.withLock { $0.tripCount } }

  /// Number of `count` images that the network may be tried with now: all, one as a probe, or none.
  func admit(_ count: Int) -> Int {
    let now = clock()
    return monitor.withLock { state in
      guard let probeAt = state.probeAt else { return count }
      guard !state.isProbing, now >= probeAt else { return 0 }
      state.isProbing = true
      return 1
    }
  }

  func succeeded() {
    monitor.withLock { state in
      state.failures = 0
      state.probeAt = nil
      state.isProbing = false
    }
  }

  /// Counts a failure; returns whether it opened the breaker.
  @discardableResult
  func failed() -> Bool {
    let now = clock()
    return monitor.withLock { state in
      state.failures += 1
      let wasOpen = state.probeAt != nil
      guard wasOpen || state.failures >= limit else { return false }
      // An image that was under way when it opened is no probe, but its failure means the same.
      state.probeAt = now + pause
      state.isProbing = false
      if !wasOpen { state.tripCount += 1 }
      return !wasOpen
    }
  }
}
