import Foundation
import Redis
import Synchronization

/// Puts items into a queue, in batches, as they come.
public final class QueueProducer: @unchecked Sendable {  // used by one thread; the lease's own is said below
  private let queue: RedisQueue
  private let plan: QueueManifest
  private let name = UUID().uuidString
  private let maxPending: Int
  private let shouldContinue: @Sendable () -> Bool
  private var batches: [Int: [(item: QueueItem, record: [UInt8]?)]] = [:]
  private var count = 0
  private var bytes = 0
  private let isOver = Atomic<Bool>(false)

  /// Items that were new to the queue, those of them that came with their record, and those that it had already.
  public private(set) var added = 0
  public private(set) var answered = 0
  public private(set) var known = 0

  private static let batch = 512
  private static let batchBytes = 4 << 20

  /// Items in the queue at most, results that nobody collected included: `add` waits. From now on nobody takes the
  /// queue for finished, until `end`.
  public init(_ queue: RedisQueue, plan: QueueManifest, maxPending: Int, shouldContinue: @escaping @Sendable () -> Bool)
  {
    self.queue = queue
    self.plan = plan
    self.maxPending = maxPending
    self.shouldContinue = shouldContinue
    _ = queue.retry(while: shouldContinue()) { () throws(RedisError) in try self.say(60_000) }
    // The walk may be slow, and standard input slower.
    Thread.detachNewThread { [self] in
      while !isOver.load(ordering: .relaxed) {
        for _ in 0..<50 where !isOver.load(ordering: .relaxed) { usleep(200_000) }
        if !isOver.load(ordering: .relaxed) { try? say(60_000) }
      }
    }
  }

  private func say(_ milliseconds: Int) throws(RedisError) {
    _ = try queue.run(.submitting, [([queue.key("submitters")], [utf8(name), utf8("\(milliseconds)")])])
  }

  /// Adds an item; with its `record`, nobody has to work on it. False: nobody waits any more.
  public func add(_ item: QueueItem, record: [UInt8]? = nil) -> Bool {
    let id = item.id
    batches[(Int(id[0]) << 8 | Int(id[1])) % plan.shards, default: []].append((item, record))
    count += 1
    bytes += record?.count ?? item.cost
    return count < Self.batch && bytes < Self.batchBytes ? true : flush()
  }

  /// Sends what is waiting; false where that was given up.
  public func flush() -> Bool {
    guard count > 0 else { return true }
    let calls = batches.map { shard, items in
      (
        keys: queue.keys(shard, "todo", "done", "known", "counts"),
        arguments: items.flatMap { item, record in
          let fields = record == nil ? item.fields : []
          return [item.id, record ?? [], utf8("\(fields.count)")] + fields
        }
      )
    }
    let replies = queue.retry(while: self.shouldContinue()) { () throws(RedisError) in
      try self.queue.run(.submit, calls, lasting: true)
    }
    guard let replies else { return false }
    let new = replies.reduce(0) { $0 + ($1.array.first?.number ?? 0) }
    added += new
    answered += replies.reduce(0) { $0 + ($1.array.dropFirst().first?.number ?? 0) }
    known += count - new
    batches.removeAll(keepingCapacity: true)
    (count, bytes) = (0, 0)
    // The largest shard speaks for all.
    let inQueue = (replies.compactMap { $0.array.last?.number }.max() ?? 0) * plan.shards
    return inQueue < maxPending || waitForRoom()
  }

  private func waitForRoom() -> Bool {
    var isTold = false
    while shouldContinue() {
      let status = queue.retry(while: self.shouldContinue()) { () throws(RedisError) in
        try self.queue.inQueue(self.plan)
      }
      guard let status else { return false }
      if status < maxPending { return true }
      if !isTold {
        queue.logger.notice("queue \(queue.label): \(status) items in it; waiting for some to be collected")
      }
      isTold = true
      usleep(500_000)
    }
    return false
  }

  /// Sends the rest, and says that this was all.
  public func end() -> Bool {
    let isWhole = flush()
    isOver.store(true, ordering: .relaxed)
    _ = queue.retry(while: self.shouldContinue()) { () throws(RedisError) in try self.say(0) }
    return isWhole
  }
}

extension RedisQueue {
  /// How many submit still.
  func submitters() throws(RedisError) -> Int {
    try run(.submitting, [([key("submitters")], [[], utf8("0")])])[0].number ?? 0
  }

  /// Items that are in the queue, results that nobody collected included.
  func inQueue(_ plan: QueueManifest) throws(RedisError) -> Int {
    try ask(
      (0..<plan.shards).map { RedisCommand([utf8("HLEN"), key("known", $0)], key: key("known", $0)) }
    ).reduce(0) { $0 + ($1.number ?? 0) }
  }
}
