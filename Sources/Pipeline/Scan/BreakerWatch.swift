import Platform

/// Lets no image wait for a first network that its breaker refuses: a run that hangs keeps its worker, and what is queued
/// for that worker would stay there. Runs if the time is limited.
struct BreakerWatch {
  let breaker: CircuitBreaker
  let second: SecondModel
  let requests: Channel<InferenceRequest>
  let escalated: Channel<InferenceRequest>.Sender
  let buffers: Buffers

  /// Microseconds between two looks. The end of the run waits for the last one.
  private static let interval: UInt32 = 20_000

  func run() {
    while !requests.hasEnded {
      breaker.checkRuns()
      if !breaker.admits {
        for request in requests.reclaim() { second.take(request, from: buffers, to: escalated) }
      }
      usleep(Self.interval)
    }
  }
}
