import Recognition

/// When a circuit breaker opens, and how long it stays open.
public struct BreakerRules: Sendable {
  /// Limit of the time from handing a batch to the network until its answers are there.
  public struct Latency: Sendable {
    public var seconds: Double
    /// Share of the images that have to be answered within `seconds`.
    public var quantile: Double

    public init(seconds: Double, quantile: Double = 0.95) {
      self.seconds = seconds
      self.quantile = quantile
    }

    /// Seconds within which a trial has to be answered: a network that is only just fast enough would open the breaker
    /// again as soon as it has all of the work.
    var trial: Double { 0.8 * seconds }

    /// Seconds after which a run that has not ended opens the breaker by itself. A busy machine holds a process up for
    /// some tenths of a second, whatever the limit is.
    var hang: Double { max(1, 5 * seconds) }
  }

  /// Number of failures in a row after which it opens.
  public var failures: Int
  /// nil: the time is not limited.
  public var latency: Latency?
  /// Seconds until the first trial.
  public var pause: Double

  public init(failures: Int = 5, latency: Latency? = nil, pause: Double = 10) {
    self.failures = failures
    self.latency = latency
    self.pause = pause
  }

  /// Seconds that a pause has at most, however often the breaker opens: five minutes for 10 s.
  var longestPause: Double { 30 * pause }

  /// Number of trials that have to succeed before it closes. One answer shows that a network works; that it is fast
  /// again takes more.
  var trials: Int { latency == nil ? 1 : 5 }
}

/// A change of a circuit breaker that its operator wants to know of.
public struct BreakerChange: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    case opened(BreakerReport.Reason)
    /// A trial did not succeed.
    case reopened(BreakerReport.Reason)
    case closed
  }

  public var kind: Kind
  /// Seconds that opened it: the quantile of the window, or those of the trial; 0 if it was not opened by latency.
  public var latency = 0.0
  /// Seconds until the next trial.
  public var pause = 0.0
}

/// The states of a circuit breaker. It has no clock and no lock: every call states the time, in seconds.
///
/// Closed -> open: `failures` in a row, a window whose quantile is over the limit, or a run that hangs. Open -> half open:
/// the pause has passed, and no run hangs any more. Half open: one image at a time is a trial; all others are refused.
/// Half open -> closed: enough trials succeeded. Half open -> open: one failed, or two were slow; the next pause is twice
/// as long.
struct BreakerState {
  /// What was admitted, for `finished`.
  struct Admission: Equatable {
    /// Number of images.
    var images: Int
    fileprivate var epoch: Int
    fileprivate var number: Int
  }

  /// What became of an admitted image.
  enum Verdict {
    case answered, failed
    /// Not the network's fault.
    case neutral
  }

  private enum Phase: Equatable {
    case closed
    case open(since: Double)
    case halfOpen(passed: Int, slow: Int, isTrying: Bool)
  }

  private let rules: BreakerRules
  private var phase = Phase.closed
  /// Number of changes of the phase. What was admitted before one says nothing about the time after it.
  private var epoch = 0
  /// When each run that has not ended began, by the number of its admission; kept if the time is limited.
  private var runs: [Int: Double] = [:]
  private var admissions = 0
  private var failuresInRow = 0
  private var window = LatencyWindow()
  private var pause: Double
  private var closedAt: Double?
  private var counts = BreakerReport()

  init(_ rules: BreakerRules) {
    self.rules = rules
    pause = rules.pause
  }

  /// The counts, and where it stands.
  var report: BreakerReport {
    var report = counts
    switch phase {
    case .closed: report.state = .closed
    case .open: report.state = .open
    case .halfOpen: report.state = .halfOpen
    }
    report.latency = rules.latency.flatMap { window.latency(quantile: $0.quantile) }
    return report
  }

  /// Admits the first of `count` images to the network: all, one as a trial, or none.
  mutating func admit(_ count: Int, at now: Double) -> Admission {
    if count > 0, hasPaused(at: now) { enter(.halfOpen(passed: 0, slow: 0, isTrying: false)) }
    switch phase {
    case .closed: return admission(of: count, at: now)
    case .halfOpen(let passed, let slow, isTrying: false) where count > 0:
      phase = .halfOpen(passed: passed, slow: slow, isTrying: true)
      counts.trials += 1
      return admission(of: 1, at: now)
    case .open, .halfOpen: return admission(of: 0, at: now)
    }
  }

  private mutating func admission(of count: Int, at now: Double) -> Admission {
    admissions += 1
    if count > 0, rules.latency != nil { runs[admissions] = now }
    return Admission(images: count, epoch: epoch, number: admissions)
  }

  /// Opens it if a run of the network has not ended for so long that it hangs.
  mutating func checkRuns(at now: Double) -> BreakerChange? {
    guard phase == .closed, let seconds = hang(at: now) else { return nil }
    return open(.latency, after: seconds, at: now)
  }

  /// Seconds that a run has hung for; nil if none does.
  private func hang(at now: Double) -> Double? {
    guard let limit = rules.latency, let oldest = runs.values.min(), now - oldest > limit.hang else { return nil }
    return now - oldest
  }

  /// Whether `admit` would admit an image.
  func admits(at now: Double) -> Bool {
    switch phase {
    case .closed, .halfOpen(_, _, isTrying: false): return true
    case .open: return hasPaused(at: now)
    case .halfOpen(_, _, isTrying: true): return false
    }
  }

  /// Counts what became of the admitted images, `seconds` after they were handed to the network.
  mutating func finished(
    _ admission: Admission, _ verdicts: [Verdict], seconds: Double, at now: Double
  ) -> BreakerChange? {
    let answered = verdicts.count { $0 == .answered }
    runs[admission.number] = nil
    counts.answered += answered
    guard admission.images > 0, admission.epoch == epoch else { return nil }
    switch phase {
    case .open: return nil
    case .closed:
      for verdict in verdicts {
        switch verdict {
        case .answered: failuresInRow = 0
        case .failed: failuresInRow += 1
        case .neutral: break
        }
        if failuresInRow >= rules.failures { return open(.failures, at: now) }
      }
      window.add(answered, seconds: seconds, at: now)
      guard let limit = rules.latency, window.isOver(limit.seconds, quantile: limit.quantile) else { return nil }
      return open(.latency, after: window.latency(quantile: limit.quantile) ?? 0, at: now)
    case .halfOpen(let passed, let slow, _):
      if verdicts.contains(.failed) { return open(.failures, at: now) }
      let isSlow = rules.latency.map { seconds > $0.trial } ?? false
      // One slow image is an outlier, here as in the window; the first also finds cold caches.
      if answered > 0, isSlow, slow > 0 { return open(.latency, after: seconds, at: now) }
      // An image that is at fault itself shows nothing.
      let (newPassed, newSlow) = answered == 0 ? (passed, slow) : isSlow ? (passed, slow + 1) : (passed + 1, slow)
      guard newPassed >= rules.trials else {
        phase = .halfOpen(passed: newPassed, slow: newSlow, isTrying: false)
        return nil
      }
      enter(.closed)
      closedAt = now
      counts.closings += 1
      return BreakerChange(kind: .closed)
    }
  }

  /// Counts an image that the fallback answered.
  mutating func fellBack() { counts.fellBack += 1 }

  /// Whether it is open, and its pause is over. A clock that went back ends it too: it could last for years.
  private func hasPaused(at now: Double) -> Bool {
    // A trial would wait behind a run that hangs.
    guard case .open(let since) = phase, hang(at: now) == nil else { return false }
    return now - since >= pause || now < since
  }

  private mutating func open(_ reason: BreakerReport.Reason, after latency: Double = 0, at now: Double) -> BreakerChange
  {
    let wasClosed = phase == .closed
    // One that opens again soon after it closed got its trials right, and not its work: without longer pauses it would
    // alternate.
    let isSoon = closedAt.map { now - $0 < rules.longestPause } ?? false
    pause = !wasClosed || isSoon ? min(2 * pause, rules.longestPause) : rules.pause
    if wasClosed { counts.openings[reason, default: 0] += 1 }
    enter(.open(since: now))
    return BreakerChange(kind: wasClosed ? .opened(reason) : .reopened(reason), latency: latency, pause: pause)
  }

  private mutating func enter(_ phase: Phase) {
    self.phase = phase
    epoch += 1
    failuresInRow = 0
    if phase == .closed { window.removeAll() }
  }
}
