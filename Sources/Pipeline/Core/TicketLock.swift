/// Lets workers pass in the order of their tickets.
final class TicketLock: Sendable {
  private let monitor = Monitor(0)

  /// Waits for the turn of `ticket`, and runs `body` before the next ticket's turn. Each ticket passes exactly once.
  func pass<R>(_ ticket: Int, _ body: () -> R) -> R {
    monitor.wait(until: { $0 == ticket }, { _ in })
    let result = body()
    monitor.update { $0 += 1 }
    return result
  }
}
