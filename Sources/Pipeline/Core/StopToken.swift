import Recognition
import Synchronization

/// Requests the early end of a run, with the reason.
public final class StopToken: Sendable {
  private let reasonCode = Atomic<Int>(0)
  private let hooks = Mutex<[@Sendable () -> Void]>([])
  private let attended = Atomic<Bool>(false)

  public init() {}

  /// The first reason requested; nil while the run continues.
  public var reason: StopReason? { StopReason(rawValue: reasonCode.load(ordering: .acquiring)) }

  public var isRequested: Bool { reasonCode.load(ordering: .relaxed) != 0 }

  /// Whether also items that wait between two stages are dropped, and only what is inside a network finishes.
  public var dropsWaiting: Bool { reason?.dropsWaiting ?? false }

  /// Whether a request has an effect. Before, nothing was begun, and the process may end at once.
  public var isAttended: Bool { attended.load(ordering: .acquiring) }

  /// From now on a request is looked at, or, with `false`, no more.
  public func attend(_ isAttended: Bool = true) { attended.store(isAttended, ordering: .releasing) }

  /// From now on items that have not been started are dropped; see `dropsWaiting` for the others.
  public func request(_ reason: StopReason) {
    let (first, _) = reasonCode.compareExchange(
      expected: 0, desired: reason.rawValue, ordering: .acquiringAndReleasing)
    guard first else { return }
    for hook in hooks.withLock({ $0 }) { hook() }
  }

  /// Calls `hook` at the first request, or at once if there was one.
  func onRequest(_ hook: @escaping @Sendable () -> Void) {
    attend()
    hooks.withLock { $0.append(hook) }
    if isRequested { hook() }
  }
}

extension StopReason {
  /// Whether items that wait between two stages are dropped: the user waits for the end, or no record can be written.
  var dropsWaiting: Bool {
    switch self {
    case .interrupted, .closedPipe, .sinkFailed: true
    case .failureBudget: false
    }
  }
}
