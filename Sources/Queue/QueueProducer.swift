import Foundation
import Redis
import Synchronization

/// Adds items to a queue, in batches, as they arrive.
public final class QueueProducer: @unchecked Sendable {  // one thread adds; the other uses constants and `isOver` only
  private let queue: RedisQueue
  private let plan: QueueManifest
  private let name = UUID().uuidString
  private let maxPending: Int
  private let shouldContinue: @Sendable () -> Bool
  private var batches: [Int: [(item: QueueItem, record: [UInt8]?)]] = [:]
  private var count = 0
  private var bytes = 0
  private let isOver = Atomic<Bool>(false)

  /// Number of items that were new to the queue.
  public private(set) var added = 0
  /// Number of new items that brought their record.
  public private(set) var answered = 0
  /// Number of items that were in the queue already.
  public private(set) var known = 0

  /// Items in one batch.
  private static let batch = 512
  private static let batchBytes = 4 << 20

  /// Registers a submitter, so that the queue does not count as finished until `end`.
  ///
  /// `maxPending`: number of items in the queue, results that are not collected included, above which `add` waits. All
  /// calls return early when `shouldContinue` becomes false.
  public init(_ queue: RedisQueue, plan: QueueManifest, maxPending: Int, shouldContinue: @escaping @Sendable () -> Bool)
  {
    self.queue = queue
    self.plan = plan
    self.maxPending = maxPending
    self.shouldContinue = shouldContinue
    _ = queue.retry(while: shouldContinue()) { () throws(RedisError) in try self.announce(60_000) }
    // The walk may be slow, and standard input slower.
    Thread.detachNewThread { [self] in
      while !isOver.load(ordering: .relaxed) {
        for _ in 0..<50 where !isOver.load(ordering: .relaxed) { usleep(200_000) }
        if !isOver.load(ordering: .relaxed) { try? announce(60_000) }
      }
    }
  }

  /// Registers the submitter for a time, or deregisters it with 0.
  private func announce(_ milliseconds: Int) throws(RedisError) {
    _ = try queue.run(.submitting, [([queue.key("submitters")], [utf8(name), utf8("\(milliseconds)")])])
  }

  /// Adds an item; one with a `record` is done already. Returns false if the submission was stopped.
  public func add(_ item: QueueItem, record: [UInt8]? = nil) -> Bool {
    let id = item.id
    batches[(Int(id[0]) << 8 | Int(id[1])) % plan.shards, default: []].append((item, record))
    count += 1
    bytes += record?.count ?? item.cost
    return count < Self.batch && bytes < Self.batchBytes ? true : flush()
  }

  /// Sends the batch; returns false if the submission was stopped.
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
    let new = replies.reduce(0) { $0 + ($1.array.first?.count ?? 0) }
    added += new
    answered += replies.reduce(0) { $0 + ($1.array.dropFirst().first?.count ?? 0) }
    known += count - new
    batches.removeAll(keepingCapacity: true)
    (count, bytes) = (0, 0)
    // An estimate from the largest shard.
    let inQueue = (replies.compactMap { $0.array.last?.count }.max() ?? 0) * plan.shards
    return inQueue < maxPending || waitForCapacity()
  }

  private func waitForCapacity() -> Bool {
    var isReported = false
    while shouldContinue() {
      let status = queue.retry(while: self.shouldContinue()) { () throws(RedisError) in
        try self.queue.inQueue(self.plan)
      }
      guard let status else { return false }
      if status < maxPending { return true }
      if !isReported {
        queue.log(
          .notice, .queueWaiting, "queue \(queue.label): \(status) items pending; waiting until some are collected")
      }
      isReported = true
      usleep(500_000)
    }
    return false
  }

  /// Sends the rest and deregisters the submitter; returns false if the submission was stopped.
  public func end() -> Bool {
    let isWhole = flush()
    isOver.store(true, ordering: .relaxed)
    _ = queue.retry(while: self.shouldContinue()) { () throws(RedisError) in try self.announce(0) }
    return isWhole
  }
}

extension RedisQueue {
  /// Returns the number of submitters.
  func submitters() throws(RedisError) -> Int {
    try run(.submitting, [([key("submitters")], [[], utf8("0")])])[0].number ?? 0
  }

  /// Returns the number of items in the queue, results that are not collected included.
  func inQueue(_ plan: QueueManifest) throws(RedisError) -> Int {
    try send(
      (0..<plan.shards).map { RedisCommand([utf8("HLEN"), key("known", $0)], key: key("known", $0)) }
    ).reduce(0) { $0 + $1.count }
  }
}
