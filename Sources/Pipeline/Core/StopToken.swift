import Recognition
import Synchronization

/// Requests the early end of a run, with the reason.
public final class StopToken: Sendable {
  private let reasonCode = Atomic<Int>(0)
  private let hooks = Mutex<[@Sendable () -> Void]>([])

  public init() {}

  /// The first reason requested; nil while the run continues.
  public var reason: StopReason? { StopReason(rawValue: reasonCode.load(ordering: .acquiring)) }

  public var isRequested: Bool { reasonCode.load(ordering: .relaxed) != 0 }

  /// From now on items that have not been started are dropped; the others drain.
  public func request(_ reason: StopReason) {
    let (first, _) = reasonCode.compareExchange(
      expected: 0, desired: reason.rawValue, ordering: .acquiringAndReleasing)
    guard first else { return }
    for hook in hooks.withLock({ $0 }) { hook() }
  }

  /// Calls `hook` at the first request, or at once if there was one.
  func onRequest(_ hook: @escaping @Sendable () -> Void) {
    hooks.withLock { $0.append(hook) }
    if isRequested { hook() }
  }
}
