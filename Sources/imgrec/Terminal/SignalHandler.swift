import Dispatch
import Pipeline
import Platform

/// Handles SIGINT and SIGTERM: the first makes the run drain, the second ends the process at once.
final class SignalHandler {
  private let sources: [any DispatchSourceSignal]

  init(stop: StopToken, quiet: Bool) {
    signal(SIGPIPE, SIG_IGN)  // a closed pipe becomes an error of write()
    let queue = DispatchQueue(label: "imgrec.interrupt")
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        if stop.isRequested { _exit(ExitStatus.interrupted.rawValue) }
        if !quiet { Console.note("interrupted; finishing images in flight (interrupt again to stop now)") }
        stop.request(.interrupted)
      }
      source.activate()
      return source
    }
  }
}
