import Platform
import Synchronization

/// What SIGHUP does in a run that writes a file without end: it opens the file again, for programs that rename it, such as
/// logrotate. If the terminal of the run is gone, SIGHUP ends the run as elsewhere.
final class Reopening: Sendable {
  private let action = Mutex<(@Sendable () -> String?)?>(nil)
  private let hadTerminal = Reopening.hasTerminal

  /// `action` opens the output again, and returns why that failed.
  func set(_ action: @escaping @Sendable () -> String?) { self.action.withLock { $0 = action } }

  /// Returns whether the signal was for it.
  func handle() -> Bool {
    if hadTerminal, !Self.hasTerminal { return false }
    // Before the file is open nothing can be done, and the run need not end.
    if let problem = action.withLock({ $0 })?() { Console.error(problem) }
    return true
  }

  private static var hasTerminal: Bool {
    let terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
    if terminal >= 0 { close(terminal) }
    return terminal >= 0
  }
}
