import ArgumentParser
import Logging
import Pipeline
import Platform

/// Exit status of the process, as documented in the README.
enum ExitStatus: Int32 {
  /// All inputs succeeded, also those in which nothing was found.
  case done = 0
  /// The run completed, but some inputs failed; their records give the reasons.
  case partialFailure = 1
  /// The run could not start or continue.
  case failure = 2
  /// There were no images among the inputs.
  case noImages = 3
  /// The command line was invalid.
  case usage = 64
  /// The run was interrupted and drained; it can be resumed.
  case interrupted = 130

  /// Runs the body of a command and throws the `ExitCode` of the status it returns, unless that is `done`. A `SetupError`
  /// is printed as "imgrec: …" on standard error and becomes `failure`, or `usage` if the command line is at fault.
  static func report(_ work: () throws -> ExitStatus) throws {
    let status: ExitStatus
    do { status = try work() } catch let error as SetupError {
      complain(error)
      status = error.isUsage ? .usage : .failure
    }
    if status != .done { throw ExitCode(status.rawValue) }
  }

  /// Runs the body of a command that continues until it is done or a signal stops it.
  static func report(
    quiet: Bool, verbose: Bool = false, _ work: (StopToken, Logger) throws -> ExitStatus
  ) throws {
    let stop = StopToken()
    stop.attend()
    let interrupt = SignalHandler(stop: stop, quiet: quiet)
    defer { withExtendedLifetime(interrupt) {} }
    let level: Logger.Level = quiet ? .error : verbose ? .debug : .notice
    LoggingSystem.bootstrap { _ in ConsoleLogHandler(logLevel: level) }
    try report { try work(stop, Logger(label: "imgrec")) }
  }

  /// Prints "imgrec: …" on standard error.
  static func complain(_ error: SetupError) {
    Console.error("\(error)", event: error.isUsage ? .usage : .failed)
  }
}
