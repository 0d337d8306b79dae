import Dispatch
import Platform
import Synchronization
import Testing

@testable import Pipeline
@testable import Recognition

@Suite struct MemoryBudgetTests {
  @Test("serves in order; an oversized request goes alone")
  func order() {
    let budget = MemoryBudget(limit: 10)
    let group = DispatchGroup()
    let order = Mutex<[Int]>([])
    budget.acquire(6)
    for (n, bytes) in [100, 3].enumerated() {
      DispatchQueue(label: "request.\(n)").async(group: group) {
        budget.acquire(bytes)
        order.withLock { $0.append(bytes) }
        budget.release(bytes)
      }
      while budget.waiting < n + 1 { sched_yield() }
    }
    #expect(order.withLock { $0 } == [], "3 would fit, but 100 was first")
    budget.release(6)
    group.wait()
    #expect(order.withLock { $0 } == [100, 3])
  }
}

@Suite struct MemoryOfOneImageTests {
  @Test("an image beyond the budget and beyond reason is refused")
  func refusal() throws {
    try MemoryBudget.check(200 << 20, budget: 1, stage: .decode, "it")
    try MemoryBudget.check(900 << 20, budget: 1 << 30, stage: .decode, "it")
    #expect(throws: Failure.self) { try MemoryBudget.check(300 << 20, budget: 100 << 20, stage: .decode, "it") }
  }
}

@Suite struct SlotPoolTests {
  @Test("slots that are kept for later give way to what is acquired")
  func trimming() {
    let size = PixelSize(width: 10, height: 10)
    let buffers = Buffers(memory: 500, unusedSlots: 1000)
    let first = buffers.slots.acquire(size: size, order: .bgr)
    buffers.slots.release(first)
    buffers.acquire(200)
    let second = buffers.slots.acquire(size: size, order: .bgr)
    #expect(second === first)
    buffers.slots.release(second)
    buffers.acquire(100)
    #expect(buffers.slots.acquire(size: size, order: .bgr) !== first)
    buffers.memory.release(300)
  }

  @Test("files wait for those in memory, a larger one alone")
  func filesInMemory() throws {
    let files = FileBufferPool(capacity: 1 << 20, limit: 100)
    let first = try #require(files.tryAcquire(60))
    let second = try #require(files.tryAcquire(40))
    #expect(files.tryAcquire(1) == nil)
    files.release(first)
    let third = try #require(files.tryAcquire(1))
    files.release(second)
    #expect(files.tryAcquire(1000) == nil)
    files.release(third)
    files.release(try #require(files.tryAcquire(1000)))
  }

  @Test("a file that several pages share is reused after the last")
  func sharedFiles() {
    let files = FileBufferPool(capacity: 1 << 20)
    let file = files.acquire()
    files.share(file, among: 3)
    for _ in 0..<2 {
      files.release(file)
      #expect(files.acquire() !== file)
    }
    files.release(file)
    #expect(files.acquire() === file)
  }
}

@Suite struct FailureBudgetTests {
  @Test func counts() {
    #expect(!FailureBudget.unlimited.isSpent(failed: 1_000_000, of: 1_000_000))
    #expect(!FailureBudget.count(2).isSpent(failed: 2, of: 2))
    #expect(FailureBudget.count(2).isSpent(failed: 3, of: 3))
  }

  @Test("a percentage counts from the hundredth record on")
  func percentages() {
    #expect(!FailureBudget.percent(5).isSpent(failed: 99, of: 99))
    #expect(!FailureBudget.percent(5).isSpent(failed: 5, of: 100))
    #expect(FailureBudget.percent(5).isSpent(failed: 6, of: 100))
  }
}
