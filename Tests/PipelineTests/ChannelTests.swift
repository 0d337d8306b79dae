import Dispatch
import Synchronization
import TestSupport
import XCTest

@testable import Pipeline

private struct Box: ChannelElement {
  var kind = 0
  var number = 0
  var cost = 1
}

final class ChannelTests: XCTestCase {
  func testEverythingSentIsReceivedOnceByManyWorkers() {
    let channel = Channel<Box>(limit: 7, producers: 3)
    let group = DispatchGroup()
    let sum = Atomic<Int>(0)
    let count = Atomic<Int>(0)
    for producer in 0..<3 {
      DispatchQueue(label: "producer.\(producer)").async(group: group) {
        for n in 1...1000 { channel.send(Box(number: n)) }
        channel.finish()
      }
    }
    for consumer in 0..<4 {
      DispatchQueue(label: "consumer.\(consumer)").async(group: group) {
        while let box = channel.receive() {
          sum.add(box.number, ordering: .relaxed)
          count.add(1, ordering: .relaxed)
        }
      }
    }
    group.wait()
    XCTAssertEqual(count.load(ordering: .relaxed), 3000)
    XCTAssertEqual(sum.load(ordering: .relaxed), 3 * 500_500)
  }

  func testSendWaitsWhileTheChannelIsFull() throws {
    let channel = Channel<Box>(limit: 10, producers: 1)
    let sent = Atomic<Int>(0)
    let producer = Mutex<ObservedThread?>(nil)
    DispatchQueue(label: "producer").async {
      producer.withLock { $0 = .current }
      for _ in 0..<5 {
        channel.send(Box(cost: 4))
        sent.add(1, ordering: .relaxed)
      }
      channel.finish()
    }
    try waitUntil("two are sent") { sent.load(ordering: .relaxed) >= 2 }
    try producer.withLock { $0 }?.waitUntilBlocked()
    XCTAssertEqual(sent.load(ordering: .relaxed), 2, "a third parcel of 4 does not fit into 10")
    var received = 0
    while channel.receive() != nil { received += 1 }
    XCTAssertEqual(received, 5)
  }

  func testAParcelLargerThanTheLimitPassesAlone() {
    let channel = Channel<Box>(limit: 10, producers: 1)
    channel.send(Box(cost: 100))
    XCTAssertEqual(channel.receive()?.cost, 100)
  }

  func testABatchHoldsTheOldestAndItsLikeUpToTheBudget() {
    let channel = Channel<Box>(limit: 100, producers: 1)
    for (number, kind) in [1, 2, 1, 1, 2, 1].enumerated() { channel.send(Box(kind: kind, number: number, cost: 10)) }
    let alike = { (a: Box, b: Box) in a.kind == b.kind }
    XCTAssertEqual(channel.receive(atMost: 8, budget: 30, alike: alike).map(\.number), [0, 2, 3])
    XCTAssertEqual(channel.receive(atMost: 8, budget: 100, alike: alike).map(\.number), [1, 4])
    XCTAssertEqual(channel.receive(atMost: 8, budget: 5, alike: alike).map(\.number), [5], "one always goes")
    channel.finish()
    XCTAssertTrue(channel.receive(atMost: 8, budget: 5, alike: alike).isEmpty)
  }

  func testABatchLeavesOthersTheirShare() {
    let channel = Channel<Box>(limit: 100, producers: 1)
    for number in 0..<5 { channel.send(Box(number: number)) }
    let batch = channel.receive(atMost: 8, budget: 100, consumers: 2) { _, _ in true }
    XCTAssertEqual(batch.map(\.number), [0, 1, 2])
  }

  func testACancelledChannelDrainsAndRefuses() {
    let channel = Channel<Box>(limit: 100, producers: 2)
    channel.send(Box(number: 1))
    channel.cancel()
    XCTAssertFalse(channel.send(Box(number: 2)))
    XCTAssertEqual(channel.receive()?.number, 1)
    XCTAssertNil(channel.receive())
  }

  func testTheBudgetServesInOrderAndLetsAGiantGoAlone() throws {
    let budget = MemoryBudget(limit: 10)
    let group = DispatchGroup()
    let order = Mutex<[Int]>([])
    budget.acquire(6)
    for (n, bytes) in [100, 3].enumerated() {
      let taker = Mutex<ObservedThread?>(nil)
      DispatchQueue(label: "taker.\(n)").async(group: group) {
        taker.withLock { $0 = .current }
        budget.acquire(bytes)
        order.withLock { $0.append(bytes) }
        budget.release(bytes)
      }
      try waitUntil("taker \(n) runs") { taker.withLock { $0 } != nil }
      try taker.withLock { $0 }?.waitUntilBlocked()
    }
    XCTAssertEqual(order.withLock { $0 }, [], "3 would fit, but 100 was first")
    budget.release(6)
    group.wait()
    XCTAssertEqual(order.withLock { $0 }, [100, 3])
  }

  func testFailureBudgets() {
    XCTAssertFalse(FailureBudget.unlimited.isSpent(failed: 1_000_000, of: 1_000_000))
    XCTAssertFalse(FailureBudget.count(2).isSpent(failed: 2, of: 2))
    XCTAssertTrue(FailureBudget.count(2).isSpent(failed: 3, of: 3))
    XCTAssertFalse(FailureBudget.percent(5).isSpent(failed: 99, of: 99), "too early to tell")
    XCTAssertFalse(FailureBudget.percent(5).isSpent(failed: 5, of: 100))
    XCTAssertTrue(FailureBudget.percent(5).isSpent(failed: 6, of: 100))
  }
}
