import Logging
import Synchronization

/// Counts what went wrong with a store, and warns of each kind once.
final class StoreDiagnostics: Sendable {
  private struct State {
    var count = 0
    var told: Set<String> = []
  }
  private let state = Mutex(State())
  private let logger: Logger
  private let name: String

  /// `name` is what the store is called in messages: no password in it.
  init(name: String, logger: Logger) {
    self.name = name
    self.logger = logger
  }

  var count: Int { state.withLock { $0.count } }

  /// Counts a fault; `kind` is told the first time.
  func note(_ kind: String, _ message: @autoclosure () -> String) {
    let isNew = state.withLock {
      $0.count += 1
      return $0.told.insert(kind).inserted
    }
    if isNew { logger.warning("cache \(name): \(message())") }
  }

  /// The fault is over: told again when it comes again.
  func forget(_ kind: String) {
    if state.withLock({ $0.told.remove(kind) != nil }) { logger.notice("cache \(name): back again") }
  }
}
