import DequeModule

/// An element of a `Channel`.
protocol ChannelElement {
  /// Cost against the channel's limit: bytes, pixels, or 1.
  var cost: Int { get }
}

/// A queue between two stages, bounded by cost. `Sender.send` blocks while it is full: that is the back-pressure.
///
/// An empty channel takes any element, so that one larger than the limit passes too. The channel ends when its last
/// sender is gone, so all senders must exist before the first receiver asks: it would take "none yet" for "none left".
final class Channel<Element: ChannelElement>: Sendable {
  private struct State {
    var queue = Deque<Element>()
    var cost = 0
    var senders = 0
    var receivers = 0
    var isCancelled = false

    /// Whether nothing more will come.
    var hasEnded: Bool { senders == 0 || isCancelled }
  }

  private let monitor = Monitor(State())
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  func sender() -> Sender {
    monitor.withLock { $0.senders += 1 }
    return Sender(channel: self)
  }

  /// Receivers share what is ready, so each worker has one of its own.
  func receiver() -> Receiver {
    monitor.withLock { $0.receivers += 1 }
    return Receiver(channel: self)
  }

  /// Whether its senders are gone, or it was cancelled, and all elements were received.
  var hasEnded: Bool { monitor.withLock { $0.hasEnded && $0.queue.isEmpty } }

  /// Takes back what no receiver has taken yet, the oldest first.
  func reclaim() -> [Element] {
    monitor.update { state in
      let elements = Array(state.queue)
      state.queue.removeAll()
      state.cost = 0
      return elements
    }
  }

  /// Takes no more elements; those in the channel can still be received, and then it has ended, whatever its senders do.
  func cancel() { monitor.update { $0.isCancelled = true } }

  /// One of the senders of a channel. It counts itself: the channel ends when the last one is gone.
  final class Sender: Sendable {
    private let channel: Channel

    fileprivate init(channel: Channel) { self.channel = channel }

    deinit { channel.monitor.update { $0.senders -= 1 } }

    /// Waits until the element fits; returns false if the channel was cancelled and did not take it.
    ///
    /// `onAccepted` is called under the channel's lock, before any receiver can have the element.
    @discardableResult
    func send(_ element: Element, onAccepted: () -> Void = {}) -> Bool {
      let limit = channel.limit
      let cost = element.cost
      return channel.monitor.wait(
        until: { $0.queue.isEmpty || $0.cost + cost <= limit || $0.isCancelled },
        {
          guard !$0.isCancelled else { return false }
          onAccepted()
          $0.queue.append(element)
          $0.cost += cost
          return true
        })
    }

    /// Sends several elements at once, as soon as the first of them fits.
    func send(contentsOf elements: [Element]) {
      guard !elements.isEmpty else { return }
      let limit = channel.limit
      let first = elements[0].cost
      channel.monitor.wait(
        until: { $0.queue.isEmpty || $0.cost + first <= limit },
        {
          $0.queue.append(contentsOf: elements)
          for element in elements { $0.cost += element.cost }
        })
    }
  }

  /// One of the receivers of a channel.
  struct Receiver: Sendable {
    fileprivate let channel: Channel

    /// Whether `receive` would have to wait.
    var isEmpty: Bool { channel.monitor.withLock { $0.queue.isEmpty } }

    /// The oldest element; nil if the channel has ended.
    func receive() -> Element? {
      channel.monitor.wait(
        until: { !$0.queue.isEmpty || $0.hasEnded },
        { state in
          guard let first = state.queue.popFirst() else { return nil }
          state.cost -= first.cost
          return first
        })
    }

    /// The elements that are ready, oldest first and at most `atMost`, leaving the other receivers their share; empty if
    /// the channel has ended.
    func receive(atMost: Int) -> [Element] {
      channel.monitor.wait(
        until: { !$0.queue.isEmpty || $0.hasEnded },
        { state in
          let count = min(atMost, (state.queue.count + state.receivers - 1) / state.receivers)
          let batch = Array(state.queue.prefix(count))
          state.queue.removeFirst(count)
          for element in batch { state.cost -= element.cost }
          return batch
        })
    }

    /// A batch: the oldest element that is `preferred`, else the oldest one, and those behind it that are `alike`, at most
    /// `atMost` of them and `budget` in cost; empty if the channel has ended.
    ///
    /// It takes what is ready and never waits for more, so a batch grows while its receiver is busy. It leaves the other
    /// receivers their share of what is ready, so that none runs alone at the end.
    func receive(
      atMost: Int, budget: Int, preferred: (Element) -> Bool = { _ in false }, alike: (Element, Element) -> Bool
    ) -> [Element] {
      channel.monitor.wait(
        until: { !$0.queue.isEmpty || $0.hasEnded },
        { state in
          guard !state.queue.isEmpty else { return [] }
          let share = max(1, min(atMost, (state.queue.count + state.receivers - 1) / state.receivers))
          var index = state.queue.firstIndex(where: preferred) ?? state.queue.startIndex
          let first = state.queue.remove(at: index)
          var batch = [first]
          var cost = first.cost
          while batch.count < share, index < state.queue.endIndex {
            let candidate = state.queue[index]
            if alike(first, candidate), cost + candidate.cost <= budget {
              cost += candidate.cost
              batch.append(state.queue.remove(at: index))
            } else {
              index += 1
            }
          }
          state.cost -= cost
          return batch
        })
    }
  }
}
