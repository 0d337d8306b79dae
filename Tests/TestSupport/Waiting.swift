import Foundation

/// The state that a test waited for in vain.
public struct WaitTimeout: Error, CustomStringConvertible {
  public let description: String
}

/// Polls until `condition` holds; throws `WaitTimeout` with `state` in its message after `timeout` seconds.
///
/// A test that kills, stops or examines something waits for the state in which it has to happen, and never for a time:
/// a time is too long on one machine and too short on another. The timeout only ends a test that cannot succeed, so it
/// is generous enough for one loaded core.
public func waitUntil(_ state: String, timeout: Double = 120, _ condition: () throws -> Bool) throws {
  let end = ContinuousClock.now + .seconds(timeout)
  // 1 ms at first, so that a state that comes soon costs no time; at most 20 ms, so that polling takes no core from
  // what is waited for.
  var pause: UInt32 = 1000
  while try !condition() {
    guard ContinuousClock.now < end else { throw WaitTimeout(description: "not within \(Int(timeout)) s: \(state)") }
    usleep(pause)
    pause = min(20_000, pause + pause / 2)
  }
}

/// A thread that a test observes.
public struct ObservedThread: Sendable {
  private let status: String

  /// The calling thread.
  public static var current: ObservedThread {
    let task = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")) ?? ""
    return ObservedThread(status: "/proc/\(task)/stat")
  }

  /// Waits until the thread is blocked in the kernel, as by a lock or a condition variable.
  public func waitUntilBlocked() throws {
    #if os(Linux)
      try waitUntil("the thread is blocked") {
        // proc_pid_stat(5): the state follows the name, which is in parentheses; S is an interruptible wait.
        let text = try String(contentsOfFile: status, encoding: .utf8)
        return text.split(separator: ")").last?.hasPrefix(" S") ?? false
      }
    #else
      // No /proc: a fixed time, which is enough on an idle machine.
      usleep(100_000)
    #endif
  }
}
