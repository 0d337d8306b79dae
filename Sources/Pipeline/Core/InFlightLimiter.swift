/// Bounds the items that are inside a run, so that one slow image in front does not let the records behind it pile up
/// without end.
final class InFlightLimiter: Sendable {
  private struct State {
    var inside = 0
    var entered = 0
    var isUnlimited = false
    var isClosed = false
  }
  private let limit: Int
  private let monitor = Monitor(State())

  init(limit: Int) { self.limit = limit }

  /// Waits until an item may enter, and counts it.
  func enter() {
    let limit = self.limit
    monitor.wait(
      until: { $0.inside < limit || $0.isUnlimited },
      {
        $0.inside += 1
        $0.entered += 1
      })
  }

  /// Counts items that do not wait: parts of one that has entered.
  func add(_ count: Int) { monitor.update { $0.inside += count } }

  func leave(_ count: Int) { monitor.update { $0.inside -= count } }

  /// Waits until more than `count` items have entered or no more can; returns whether they have.
  func waitForEntries(moreThan count: Int) -> Bool {
    monitor.wait(until: { $0.entered > count || $0.isUnlimited || $0.isClosed }, { $0.entered > count })
  }

  /// No more items will enter.
  func close() { monitor.update { $0.isClosed = true } }

  /// Lifts the limit.
  func lift() { monitor.update { $0.isUnlimited = true } }
}
