import Platform
import Recognition

/// The moment from which a run takes images.
enum RunReady {
  /// Reports it to the service manager, and in a log of JSON.
  static func note(_ status: String, quiet: Bool) {
    ServiceManager.current.ready(status)
    if !quiet, Console.form == .json { Console.print(LogEntry(.info, .ready, status)) }
  }
}

extension FailureLog {
  /// `sink`, in a log of JSON with its failures logged, unless only errors are printed.
  static func around(_ sink: any Sink, quiet: Bool) -> any Sink {
    Console.form == .json && !quiet ? FailureLog(next: sink) : sink
  }
}
