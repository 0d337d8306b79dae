import ArgumentParser
import Logging
import Pipeline
import Platform

/// How imgrec ends; the README documents each.
enum ExitStatus: Int32 {
  /// All done; nothing found in an image is still this.
  case done = 0
  /// Done, but some inputs failed, and their records say why.
  case partialFailure = 1
  /// Could not start or go on.
  case failure = 2
  /// No images among the inputs.
  case noImages = 3
  /// The command line was wrong.
  case usage = 64
  /// Interrupted, drained, resumable.
  case interrupted = 130

  /// Runs a command's work and ends with the status it gives. A `SetupError` becomes "imgrec: …" on stderr and
  /// `cannot`.
  static func report(_ work: () throws -> ExitStatus) throws {
    let status: ExitStatus
    do { status = try work() } catch let error as SetupError {
      complain(error)
      status = .failure
    }
    if status != .done { throw ExitCode(status.rawValue) }
  }

  /// The same for work that goes on until a signal stops it.
  static func report(
    quiet: Bool, verbose: Bool = false, _ work: (StopToken, Logger) throws -> ExitStatus
  ) throws {
    let stop = StopToken()
    let interrupt = SignalHandler(stop: stop, quiet: quiet)
    defer { withExtendedLifetime(interrupt) {} }
    let level: Logger.Level = quiet ? .error : verbose ? .debug : .notice
    LoggingSystem.bootstrap { _ in ConsoleLogHandler(logLevel: level, form: .text) }
    try report { try work(stop, Logger(label: "imgrec")) }
  }

  /// "imgrec: …" on stderr.
  static func complain(_ error: SetupError) { Console.note("\(error)") }
}
