import Logging
import Platform
import Synchronization

/// Counts the faults of a store, and logs a warning once for each kind.
final class StoreDiagnostics: Sendable {
  private struct State {
    var count = 0
    var reported: Set<String> = []
  }
  private let state = Mutex(State())
  private let logger: Logger
  private let name: String

  /// `name` stands for the store in messages, so it must not contain a password.
  init(name: String, logger: Logger) {
    self.name = name
    self.logger = logger
  }

  var count: Int { state.withLock { $0.count } }

  /// Counts a fault; logs `message` for the first of its `kind`.
  func note(_ kind: String, _ message: @autoclosure () -> String) {
    let isNew = state.withLock {
      $0.count += 1
      return $0.reported.insert(kind).inserted
    }
    if isNew { log(.warning, .cacheLost, "cache \(name): \(message())") }
  }

  /// Clears a kind of fault, so that it is logged again if it recurs.
  func forget(_ kind: String) {
    guard state.withLock({ $0.reported.remove(kind) != nil }) else { return }
    log(.notice, .cacheReconnected, "cache \(name): available again")
  }

  private func log(_ level: Logger.Level, _ event: RunEvent, _ message: String) {
    logger.log(level: level, "\(message)", metadata: [RunEvent.key: .string(event.rawValue)])
  }
}
