import Platform
import Recognition

/// Keeps images away from a network that fails on one after another, or takes too long for them (Nygard, Release It!):
/// `BreakerState` behind a lock, with the monotonic clock.
public final class CircuitBreaker: Sendable {
  public let rules: BreakerRules
  private let clock: @Sendable () -> Double
  private let onChange: @Sendable (BreakerChange) -> Void
  private let state: Monitor<BreakerState>

  /// `onChange` is called on the worker's thread whose images changed it.
  public convenience init(_ rules: BreakerRules, onChange: @escaping @Sendable (BreakerChange) -> Void = { _ in }) {
    self.init(rules, clock: monotonicSeconds, onChange: onChange)
  }

  init(
    _ rules: BreakerRules, clock: @escaping @Sendable () -> Double,
    onChange: @escaping @Sendable (BreakerChange) -> Void = { _ in }
  ) {
    self.rules = rules
    self.clock = clock
    self.onChange = onChange
    state = Monitor(BreakerState(rules))
  }

  /// The counts so far, and where it stands; without names.
  public var report: BreakerReport { state.withLock { $0.report } }

  /// Whether `admit` would admit an image now.
  var admits: Bool {
    let now = clock()
    return state.withLock { $0.admits(at: now) }
  }

  /// Admits the first of `count` images to the network: all, one as a trial, or none. Whatever is admitted has to be
  /// handed to `finished`: the next trial waits for it.
  func admit(_ count: Int) -> BreakerState.Admission {
    let now = clock()
    return state.withLock { $0.admit(count, at: now) }
  }

  /// Counts what became of the admitted images, `seconds` after they were handed to the network.
  func finished(_ admission: BreakerState.Admission, _ verdicts: [BreakerState.Verdict], seconds: Double) {
    let now = clock()
    let change = state.withLock { $0.finished(admission, verdicts, seconds: seconds, at: now) }
    if let change { onChange(change) }
  }

  /// Opens it if a run of the network hangs.
  func checkRuns() {
    let now = clock()
    if let change = state.withLock({ $0.checkRuns(at: now) }) { onChange(change) }
  }

  /// Counts an image that the fallback answered.
  func fellBack() { state.withLock { $0.fellBack() } }
}
