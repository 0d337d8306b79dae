import Recognition

/// Prints failures on standard error, when there are no records to hold them. In a log of JSON `FailureLog` does it.
final class FailureReporter: Sink {
  private let next: (any Sink)?

  /// Forwards all outcomes to `next`.
  init(next: (any Sink)?) { self.next = next }

  func write(_ outcome: Outcome) throws(SinkError) {
    if let failure = outcome.failure { report(failure, of: outcome) }
    do throws(SinkError) { try next?.write(outcome) } catch {
      if case .item(let failure) = error { report(failure, of: outcome) }
      throw error
    }
  }

  func flush() throws(SinkError) { try next?.flush() }
  func finish() throws(SinkError) { try next?.finish() }

  private func report(_ failure: Failure, of outcome: Outcome) {
    if Console.form == .text { Console.failure(of: outcome.path, failure.message) }
  }
}
