/// The order in which files reach the decoders, for runs in which it decides which image follows which.
final class DecodeSequencer: Sendable {
  private let tickets = Monitor(0)
  /// Memory is acquired in ticket order too: the ticket being served already holds its memory and never waits for a later
  /// ticket.
  let memory = TicketLock()
  let decision = TicketLock()

  /// The next file and its ticket. The lock is held while this blocks on the channel: the others would only wait for the
  /// same file.
  func receive(from jobs: Channel<ImageJob>.Receiver) -> (job: ImageJob, ticket: Int)? {
    tickets.withLock { next in
      guard let job = jobs.receive() else { return nil }
      defer { next += 1 }
      return (job, next)
    }
  }
}
