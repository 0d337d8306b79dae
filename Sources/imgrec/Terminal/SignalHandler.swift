import Dispatch
import Pipeline
import Platform

/// Handles SIGINT, SIGTERM and SIGHUP: the first makes the run drain, the second ends the process at once.
///
/// Before a run has begun (`StopToken.isAttended`) the first one ends the process too: nothing is in progress then.
final class SignalHandler {
  private let sources: [any DispatchSourceSignal]
  private let numbers: [Int32]

  /// Whether SIGHUP was ignored when the process started, as under nohup; then it stays so.
  private static let ignoresHangup: Bool = {
    let earlier = signal(SIGHUP, SIG_IGN)
    let isIgnored = unsafeBitCast(earlier, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    if !isIgnored { signal(SIGHUP, SIG_DFL) }
    return isIgnored
  }()

  /// `isEndless` if a signal is how the run is meant to end; `reopening` lets SIGHUP open the output again, and not end it.
  init(stop: StopToken, quiet: Bool, isEndless: Bool = false, reopening: Reopening? = nil) {
    signal(SIGPIPE, SIG_IGN)  // a closed pipe becomes an error of write()
    let queue = DispatchQueue(label: "imgrec.interrupt")
    let numbers = [SIGINT, SIGTERM] + (Self.ignoresHangup ? [] : [SIGHUP])
    self.numbers = numbers
    sources = numbers.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        if number == SIGHUP, let reopening, reopening.handle() { return }
        if stop.isRequested { _exit(ExitStatus.interrupted.rawValue) }
        guard stop.isAttended else {
          if !quiet { Console.note("interrupted before the first input", .warning, event: .interrupted) }
          _exit(isEndless ? ExitStatus.done.rawValue : ExitStatus.interrupted.rawValue)
        }
        ServiceManager.current.stopping()
        if !quiet {
          Console.note(
            "\(isEndless ? "ending" : "interrupted"); finishing what is being computed (interrupt again to end at once)",
            .warning, event: .interrupted)
        }
        stop.request(.interrupted)
      }
      source.activate()
      return source
    }
  }

  /// A signal ends the process from then on.
  deinit {
    for source in sources { source.cancel() }
    for number in numbers { signal(number, SIG_DFL) }
  }
}
