import Recognition

/// Bounds the bytes of decoded pixels and tensors in flight, over all stages together.
///
/// First come, first served, so that a large image is not starved by small ones. A request larger than the whole budget
/// is served alone; `check` refuses those beyond reason.
final class MemoryBudget: Sendable {
  private struct State {
    var used = 0
    var nextTicket = 0
    var serving = 0
  }

  private let limit: Int
  private let monitor = Monitor(State())

  init(limit: Int) { self.limit = limit }

  /// Waits until `bytes` fit, and acquires them.
  func acquire(_ bytes: Int) {
    let ticket = monitor.withLock { state in
      defer { state.nextTicket += 1 }
      return state.nextTicket
    }
    let limit = self.limit
    monitor.wait(
      until: { $0.serving == ticket && ($0.used == 0 || $0.used + bytes <= limit) },
      {
        $0.used += bytes
        $0.serving += 1
      })
  }

  /// Acquires `bytes` if they fit at once and no other request waits.
  func tryAcquire(_ bytes: Int) -> Bool {
    monitor.withLock { state in
      guard state.serving == state.nextTicket, state.used == 0 || state.used + bytes <= limit else { return false }
      state.used += bytes
      return true
    }
  }

  func release(_ bytes: Int) {
    monitor.update { $0.used -= bytes }
  }

  /// Bytes that are not acquired; 0 while a request larger than the budget is served.
  var left: Int { monitor.withLock { max(0, limit - $0.used) } }

  /// Number of requests that wait.
  var waiting: Int { monitor.withLock { $0.nextTicket - $0.serving } }
}

extension MemoryBudget {
  /// Bytes that one image may take whatever the budget is: a tight budget makes a run slow, and ordinary pictures pass.
  static let leastForOne = 256 << 20

  /// Throws `tooManyPixels` if one image needs more than a budget of `budget` bytes; `subject` names what needs it.
  static func check(
    _ bytes: Int, budget: Int, stage: Failure.Stage, _ subject: @autoclosure () -> String
  ) throws(Failure) {
    guard bytes > max(budget, leastForOne) else { return }
    throw Failure(
      stage, .tooManyPixels,
      "\(subject()) takes \(bytes >> 20) MiB, more than the \(budget >> 20) MiB of --memory; give a larger one")
  }
}

/// Bytes of a budget that are held as long as the object is there.
final class MemoryHold: Sendable {
  private let bytes: Int
  private let budget: MemoryBudget

  /// Waits until `bytes` fit.
  init(of bytes: Int, in budget: MemoryBudget) {
    self.bytes = bytes
    self.budget = budget
    budget.acquire(bytes)
  }

  deinit { budget.release(bytes) }
}
