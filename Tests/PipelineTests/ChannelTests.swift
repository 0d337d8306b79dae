import Dispatch
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

private struct Element: ChannelElement {
  var kind = 0
  var number = 0
  var cost = 1
}

@Suite struct ChannelTests {
  @Test("each element is received once, by any of several receivers")
  func delivery() {
    let channel = Channel<Element>(limit: 7)
    let group = DispatchGroup()
    let sum = Atomic<Int>(0)
    let count = Atomic<Int>(0)
    let senders = (0..<3).map { _ in channel.sender() }
    for sender in senders {
      DispatchQueue(label: "sender").async(group: group) {
        for n in 1...1000 { sender.send(Element(number: n)) }
      }
    }
    for receiver in (0..<4).map({ _ in channel.receiver() }) {
      DispatchQueue(label: "receiver").async(group: group) {
        for _ in 0..<750 {
          guard let element = receiver.receive() else { return }
          sum.add(element.number, ordering: .relaxed)
          count.add(1, ordering: .relaxed)
        }
      }
    }
    group.wait()
    withExtendedLifetime(senders) {}
    #expect(count.load(ordering: .relaxed) == 3000)
    #expect(sum.load(ordering: .relaxed) == 3 * 500_500)
  }

  @Test("ends when the last sender is gone, and not before")
  func end() {
    let channel = Channel<Element>(limit: 10)
    let receiver = channel.receiver()
    var first: Channel<Element>.Sender? = channel.sender()
    var second: Channel<Element>.Sender? = channel.sender()
    second?.send(Element(number: 7))
    first = nil
    #expect(receiver.receive()?.number == 7)
    second?.send(Element(number: 8))
    second = nil
    #expect(receiver.receive()?.number == 8)
    #expect(receiver.receive() == nil)
    #expect(receiver.receive(atMost: 3).isEmpty)
    #expect(first == nil && second == nil)
  }

  @Test("a full channel blocks its sender until an element was received")
  func backPressure() throws {
    let channel = Channel<Element>(limit: 10)
    let receiver = channel.receiver()
    let sent = Monitor(0)
    let sender = channel.sender()
    let thread = Mutex<ObservedThread?>(nil)
    let done = DispatchSemaphore(value: 0)
    DispatchQueue(label: "sender").async {
      thread.withLock { $0 = .current }
      for _ in 0..<5 {
        sender.send(Element(cost: 4))
        sent.update { $0 += 1 }
      }
      done.signal()
    }
    sent.wait(until: { $0 == 2 }, { _ in })
    try thread.withLock { $0 }?.waitUntilBlocked()
    #expect(sent.withLock { $0 } == 2, "a third element of 4 does not fit into 10")
    for _ in 0..<5 { #expect(receiver.receive()?.cost == 4) }
    done.wait()
  }

  @Test("an element larger than the limit passes alone")
  func oversized() {
    let channel = Channel<Element>(limit: 10)
    let sender = channel.sender()
    sender.send(Element(cost: 100))
    #expect(channel.receiver().receive()?.cost == 100)
  }

  /// The receiver of a channel that nothing more comes into, with an element of each of `kinds`, numbered.
  private func receiver(of kinds: [Int], cost: Int) -> Channel<Element>.Receiver {
    let channel = Channel<Element>(limit: 100)
    let sender = channel.sender()
    for (number, kind) in kinds.enumerated() { sender.send(Element(kind: kind, number: number, cost: cost)) }
    return channel.receiver()
  }

  @Test("a batch holds the oldest element and those like it, up to the budget")
  func batches() {
    let receiver = receiver(of: [1, 2, 1, 1, 2, 1], cost: 10)
    let alike = { (a: Element, b: Element) in a.kind == b.kind }
    #expect(receiver.receive(atMost: 8, budget: 30, alike: alike).map(\.number) == [0, 2, 3])
    #expect(receiver.receive(atMost: 8, budget: 100, alike: alike).map(\.number) == [1, 4])
    #expect(receiver.receive(atMost: 8, budget: 5, alike: alike).map(\.number) == [5], "one always goes")
    #expect(receiver.receive(atMost: 8, budget: 5, alike: alike).isEmpty)
  }

  @Test("a batch starts with the oldest element that is preferred, else with the oldest")
  func prefers() {
    let receiver = receiver(of: [1, 2, 1, 3, 2], cost: 20)
    func next(atMost: Int = 1, preferred kind: Int) -> [Int] {
      receiver.receive(atMost: atMost, budget: 100, preferred: { $0.kind == kind }) { $0.kind == $1.kind }.map(\.number)
    }
    #expect(next(preferred: 2) == [1])
    #expect(next(preferred: 4) == [0])
    #expect(next(atMost: 8, preferred: 2) == [4], "what is not like it stays")
    #expect(next(preferred: 3) == [3])
    #expect(next(preferred: 3) == [2])
  }

  @Test("a batch leaves the other receivers their share")
  func shares() {
    let channel = Channel<Element>(limit: 100)
    let (receiver, sender) = (channel.receiver(), channel.sender())
    _ = channel.receiver()
    for number in 0..<5 { sender.send(Element(number: number)) }
    #expect(receiver.receive(atMost: 8, budget: 100) { _, _ in true }.map(\.number) == [0, 1, 2])
  }

  @Test("what waits can be taken back, and makes room")
  func reclaiming() {
    let channel = Channel<Element>(limit: 2)
    let receiver = channel.receiver()
    var sender: Channel<Element>.Sender? = channel.sender()
    sender?.send(Element(number: 1))
    sender?.send(Element(number: 2))
    #expect(channel.reclaim().map(\.number) == [1, 2])
    #expect(channel.reclaim().isEmpty)
    sender?.send(Element(number: 3))
    sender = nil
    #expect(!channel.hasEnded, "one is left")
    #expect(receiver.receive()?.number == 3)
    #expect(channel.hasEnded)
  }

  @Test("a cancelled channel drains and takes nothing more")
  func cancellation() {
    let channel = Channel<Element>(limit: 100)
    let (receiver, sender) = (channel.receiver(), channel.sender())
    sender.send(Element(number: 1))
    channel.cancel()
    #expect(!sender.send(Element(number: 2)))
    #expect(receiver.receive()?.number == 1)
    #expect(receiver.receive() == nil)
  }
}
