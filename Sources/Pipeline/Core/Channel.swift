import DequeModule

/// What travels in a `Channel`.
protocol ChannelElement {
  /// What it counts against the channel's limit: bytes, pixels, or 1.
  var cost: Int { get }
}

/// A queue between two stages, bounded by cost. `send` blocks while it is full: that is the back-pressure.
///
/// It always takes a parcel when it is empty, so that one larger than the limit passes too.
final class Channel<Element: ChannelElement>: Sendable {
  private struct State {
    var queue = Deque<Element>()
    var cost = 0
    var producers: Int
    var isCancelled = false
  }

  private let monitor: Monitor<State>
  private let limit: Int

  /// A channel that ends when each of `producers` has called `finish`.
  init(limit: Int, producers: Int) {
    self.limit = limit
    monitor = Monitor(State(producers: producers))
  }

  /// Waits for room; false when the channel was cancelled and the parcel stays with the sender.
  @discardableResult
  func send(_ element: Element) -> Bool {
    let limit = self.limit
    let cost = element.cost
    return monitor.wait(
      until: { $0.queue.isEmpty || $0.cost + cost <= limit || $0.isCancelled },
      {
        guard !$0.isCancelled else { return false }
        $0.queue.append(element)
        $0.cost += cost
        return true
      })
  }

  /// Sends what came together at once; there is room when there is room for the first.
  func send(contentsOf elements: [Element]) {
    guard !elements.isEmpty else { return }
    let limit = self.limit
    let first = elements[0].cost
    monitor.wait(
      until: { $0.queue.isEmpty || $0.cost + first <= limit },
      {
        $0.queue.append(contentsOf: elements)
        for element in elements { $0.cost += element.cost }
      })
  }

  /// What is ready, oldest first and at most `atMost`; empty when the channel has ended. With several consumers it
  /// leaves each its share.
  func receive(atMost: Int, consumers: Int = 1) -> [Element] {
    monitor.wait(
      until: { !$0.queue.isEmpty || $0.producers == 0 },
      { state in
        let count = min(atMost, (state.queue.count + consumers - 1) / consumers)
        let batch = Array(state.queue.prefix(count))
        state.queue.removeFirst(count)
        for element in batch { state.cost -= element.cost }
        return batch
      })
  }

  /// Said once by each producer when it has nothing more to send.
  func finish() {
    monitor.update { if !$0.isCancelled { $0.producers -= 1 } }
  }

  /// Takes no more from now on; what is in it can still be received, and then it has ended, whatever its producers do.
  func cancel() {
    monitor.update {
      $0.isCancelled = true
      $0.producers = 0
    }
  }

  /// The oldest; nil when the channel has ended.
  func receive() -> Element? {
    monitor.wait(
      until: { !$0.queue.isEmpty || $0.producers == 0 },
      { state in
        guard let first = state.queue.popFirst() else { return nil }
        state.cost -= first.cost
        return first
      })
  }

  /// Whether a `receive` would have to wait.
  var isEmpty: Bool { monitor.withLock { $0.queue.isEmpty } }

  /// A batch: the oldest parcel and those behind it that are `alike`, up to `atMost` of them and `budget` in cost;
  /// empty when the channel has ended. It takes what is ready and never waits for more, so a batch grows while its
  /// consumer is busy. With several consumers it leaves each its share of what is ready, so that none runs alone at
  /// the end.
  func receive(
    atMost: Int, budget: Int, consumers: Int = 1, alike: (Element, Element) -> Bool
  ) -> [Element] {
    monitor.wait(
      until: { !$0.queue.isEmpty || $0.producers == 0 },
      { state in
        guard let first = state.queue.popFirst() else { return [] }
        let share = max(1, min(atMost, (state.queue.count + 1 + consumers - 1) / consumers))
        var batch = [first]
        var cost = first.cost
        var place = state.queue.startIndex
        while batch.count < share, place < state.queue.endIndex {
          let candidate = state.queue[place]
          if alike(first, candidate), cost + candidate.cost <= budget {
            cost += candidate.cost
            batch.append(state.queue.remove(at: place))
          } else {
            place += 1
          }
        }
        state.cost -= cost
        return batch
      })
  }
}
