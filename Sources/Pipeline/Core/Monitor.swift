import Platform

/// State behind a lock that workers can wait on: a mutex and a condition variable.
///
/// `Synchronization.Mutex` has nothing to wait on, and Foundation's `NSCondition` is slower and larger.
///
/// Unchecked: `state` is accessed under `mutex` only. In one module with its users, for specialisation.
final class Monitor<State>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  private var state: State

  init(_ state: State) {
    self.state = state
    mutex = .allocate(capacity: 1)
    condition = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Reads or changes the state without waking waiters.
  func withLock<R>(_ body: (inout State) -> R) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&state)
  }

  /// Waits until `ready`, runs `body` before releasing the lock, and wakes the other waiters.
  func wait<R>(until ready: (State) -> Bool, _ body: (inout State) -> R) -> R {
    pthread_mutex_lock(mutex)
    while !ready(state) { pthread_cond_wait(condition, mutex) }
    let result = body(&state)
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
    return result
  }

  /// Changes the state and wakes all waiters.
  func update<R>(_ body: (inout State) -> R) -> R { wait(until: { _ in true }, body) }
}
