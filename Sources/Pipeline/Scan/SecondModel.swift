import Platform
import Recognition

/// A second network that can answer a task in place of the first, and the engines that run it, a worker each.
public struct SecondModel {
  /// When it is asked.
  public enum Rule: Sendable {
    /// Cascade: the first network is light; where its best score is below this, the second one answers.
    case cascade(threshold: Float)
    /// The first network fails; the breaker tells whether it is tried at all.
    case fallback(CircuitBreaker)
  }

  public var model: LoadedModel
  public var thresholds: Thresholds
  public var instances: [any Engine]
  public var rule: Rule

  public init(model: LoadedModel, thresholds: Thresholds, instances: [any Engine], rule: Rule) {
    precondition(!instances.isEmpty)
    self.model = model
    self.thresholds = thresholds
    self.instances = instances
    self.rule = rule
  }
}

/// Keeps images away from a network that fails one image after another.
///
/// Closed: the network is tried. After `limit` failures in a row it opens, and the network is left alone for `pause`
/// seconds; then one image is let through as a probe (half open), whose answer closes it again or leaves it open.
public final class CircuitBreaker: Sendable {
  private struct State {
    var failures = 0
    /// When the next probe is let through; nil while closed.
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

  /// How often it opened so far.
  public var tripCount: Int { monitor.withLock { $0.tripCount } }

  /// How many of `count` images the network may be tried with now: all, one as a probe, or none.
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

  /// Whether it opened by this failure.
  @discardableResult
  func failed() -> Bool {
    let now = clock()
    return monitor.withLock { state in
      state.failures += 1
      let wasOpen = state.probeAt != nil
      guard wasOpen || state.failures >= limit else { return false }
      // An image that was under way when it opened is no probe, but says the same.
      state.probeAt = now + pause
      state.isProbing = false
      if !wasOpen { state.tripCount += 1 }
      return !wasOpen
    }
  }
}
