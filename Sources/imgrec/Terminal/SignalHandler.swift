import Dispatch
import Pipeline
import Platform

/// SIGINT and SIGTERM: the first asks the run to drain, the second ends the process at once.
final class SignalHandler {
  private let sources: [any DispatchSourceSignal]

  init(stop: StopToken, quiet: Bool) {
    signal(SIGPIPE, SIG_IGN)  // a closed pipe is an error of write(), not the end of the process
    let queue = DispatchQueue(label: "imgrec.interrupt")
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        if stop.isRequested { _exit(ExitStatus.interrupted.rawValue) }
        if !quiet { Console.note("finishing what is under way; once more to stop now") }
        stop.request(.interrupted)
      }
      source.activate()
      return source
    }
  }
}
