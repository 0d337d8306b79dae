/// Where the circuit breaker of a task stands, and what it has done so far.
public struct BreakerReport: Sendable, Equatable {
  /// Where a breaker stands.
  public enum State: String, Sendable, CaseIterable {
    /// The first model answers.
    case closed
    /// The fallback answers.
    case open
    /// The fallback answers, except for single images on which the first model is tried.
    case halfOpen = "half_open"
  }

  /// Why a breaker opened.
  public enum Reason: String, Sendable, CaseIterable {
    /// The first model failed on several images in a row.
    case failures
    /// The first model took longer than the limit.
    case latency
  }

  /// The task whose first model it guards, and the names of the two models in records.
  public var task: TaskKind = .classify
  public var model = ""
  public var fallback = ""
  public var state = State.closed
  /// Images that the first model answered, and those that the fallback answered.
  public var answered = 0
  public var fellBack = 0
  /// Number of times that it opened from closed, by the reason.
  public var openings: [Reason: Int] = [:]
  /// Number of times that it closed again.
  public var closings = 0
  /// Images on which the first model was tried while it was half open.
  public var trials = 0
  /// Seconds within which the first model answered the limit's share of its last images; nil without a limit, or
  /// before the first answer.
  public var latency: Double?

  public init() {}

  /// Number of times that it opened, for any reason.
  public var tripCount: Int { openings.values.reduce(0, +) }
}
