import Synchronization

/// The one place where a run is told to end early, and why.
public final class StopToken: Sendable {
  public enum Reason: Int, Sendable {
    /// SIGINT or SIGTERM.
    case interrupted = 1
    /// The reader of the records went away.
    case closedPipe
    /// `--max-failures` or `--fail-fast`.
    case failureBudget
    /// The records cannot be written.
    case sinkFailed
  }

  private let reasonCode = Atomic<Int>(0)
  private let hooks = Mutex<[@Sendable () -> Void]>([])

  public init() {}

  /// The first reason given; nil while the run goes on.
  public var reason: Reason? { Reason(rawValue: reasonCode.load(ordering: .acquiring)) }

  public var isRequested: Bool { reasonCode.load(ordering: .relaxed) != 0 }

  /// Unstarted items are dropped from now on, the others drain.
  public func request(_ reason: Reason) {
    let (first, _) = reasonCode.compareExchange(
      expected: 0, desired: reason.rawValue, ordering: .acquiringAndReleasing)
    guard first else { return }
    for hook in hooks.withLock({ $0 }) { hook() }
  }

  /// Calls `hook` at the first request, at once where that has been.
  func onRequest(_ hook: @escaping @Sendable () -> Void) {
    hooks.withLock { $0.append(hook) }
    if isRequested { hook() }
  }
}
