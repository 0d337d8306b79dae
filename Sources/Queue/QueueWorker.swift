import Foundation
import Platform
import Recognition
import Redis
import Synchronization

/// A worker of a queue: the items that it leases are the feed of a run, and the run's records return through its sink.
///
/// It holds an item until the record is in Redis. A heartbeat renews the lease; without one (a crash, a lost machine)
/// another worker takes the item over.
public final class QueueWorker: @unchecked Sendable {  // mutable state is under `condition`
  public struct Options: Sendable {
    /// Name of the worker, unique in the queue.
    public var consumer: String
    /// Seconds without a heartbeat after which others take an item over.
    public var lease = 30.0
    /// Number of deliveries after which an item is given up.
    public var maxDeliveries = 5
    /// Maximum number of items leased and not finished.
    public var prefetch = 256
    /// End when the queue is empty and there are no submitters.
    public var endsWhenEmpty = false
    /// Limits the files that the worker reads.
    public var root: PathSandbox

    public init(consumer: String, root: PathSandbox) {
      self.consumer = consumer
      self.root = root
    }
  }

  let work: QueueConsumer
  private let options: Options
  private let isStopped: @Sendable () -> Bool
  private let encode: (Outcome) -> [UInt8]
  private let condition = NSCondition()
  /// Leased items by their index in the run, and monotonic seconds of the lease.
  private var held: [Int: (item: LeasedItem, since: Double)] = [:]
  /// Index of the next item.
  private var next = 0
  private var isEnding = false
  /// Number of records that this worker was the first to write.
  private let written = Atomic<Int>(0)
  /// Maximum number of leased items: `prefetch`, or fewer if items bring their bytes.
  private let limit: Int

  /// `encode` returns a record without a line end; once `isStopped` is true, no more items are leased.
  public init(
    _ queue: RedisQueue, plan: QueueManifest, options: Options, isStopped: @escaping @Sendable () -> Bool,
    encode: @escaping (Outcome) -> [UInt8]
  ) {
    work = QueueConsumer(
      queue, plan, consumer: options.consumer, lease: options.lease, maxDeliveries: options.maxDeliveries)
    self.options = options
    self.isStopped = isStopped
    self.encode = encode
    limit = max(1, min(options.prefetch, (256 << 20) / max(1, plan.inline)))
    Thread.detachNewThread { [weak self] in
      while true {
        usleep(UInt32(options.lease / 3 * 1e6))
        guard let self, self.beat() else { return }
      }
    }
  }

  public lazy var feed: any Feed = QueueFeed(self)
  public lazy var sink: any Sink = QueueSink(self)
  public var recordsWritten: Int { written.load(ordering: .relaxed) }

  /// Returns items that were not started, and deregisters the consumer; call after the run. If Redis cannot be reached
  /// nothing is lost: other workers take over when the lease ends.
  public func end() {
    let rest = condition.withLock {
      isEnding = true
      return held.values.map(\.item)
    }
    let deadline = monotonicSeconds() + 3
    _ = work.queue.retry(while: monotonicSeconds() < deadline) { () throws(RedisError) in
      try self.work.release(rest)
      try self.work.deregister()
    }
  }

  /// Maximum seconds that an item is held: a worker that hangs must not renew its lease forever.
  private var longestHold: Double { max(600, 20 * options.lease) }

  /// Sends one heartbeat; returns false when the worker is ending.
  private func beat() -> Bool {
    let now = monotonicSeconds()
    let (items, shouldContinue) = condition.withLock {
      (held.values.filter { now - $0.since < longestHold }.map(\.item), !isEnding)
    }
    // The next heartbeat makes up for one that fails; the sink reports a Redis that cannot be reached.
    if shouldContinue { try? work.renew(items) }
    return shouldContinue
  }

  // MARK: For the feed

  var isStopping: Bool { isStopped() || work.queue.problem != nil }

  /// Waits until a quarter of the items that may be leased (64 at most) is free, or with `whole` all of them. Returns
  /// how many are free, 0 when stopped.
  func waitForCapacity(whole: Bool = false) -> Int {
    let maxHeld = whole ? 0 : limit - max(1, min(64, limit / 4))
    return condition.withLock {
      while held.count > maxHeld, !isStopping { _ = condition.wait(until: Date() + 0.2) }
      return isStopping ? 0 : limit - held.count
    }
  }

  /// Number of items leased and not finished.
  var inFlight: Int { condition.withLock { held.count } }

  /// Records items as leased and returns them. Skips those that this worker holds already: after a pause of the process
  /// it may claim its own.
  func lease(_ items: [LeasedItem]) -> [Item] {
    condition.withLock {
      let entries = Set(held.values.map { Entry(shard: $0.item.shard, entry: $0.item.entry) })
      return items.compactMap { item in
        guard !entries.contains(Entry(shard: item.shard, entry: item.entry)) else { return nil }
        defer { next += 1 }
        held[next] = (item, monotonicSeconds())
        var result = Item(index: next, path: item.item.path, origin: origin(item))
        result.hint = item.item.hint
        result.key = item.item.key
        return result
      }
    }
  }

  private struct Entry: Hashable {
    var shard: Int
    var entry: [UInt8]
  }

  /// Returns the origin of a leased item, a fault if it is given up or its path is not allowed.
  private func origin(_ held: LeasedItem) -> Item.Origin {
    if held.isGivenUp {
      return .fault(
        Failure(.read, .gaveUp, "given up after \(held.deliveries - 1) deliveries; each worker was lost with it"))
    }
    switch held.item.content {
    case .bytes(let bytes): return .bytes(bytes)
    case .fault(let failure): return .fault(failure)
    case .file:
      do throws(Failure) { return .fileAt(try options.root.resolve(held.item)) } catch { return .fault(error) }
    }
  }

  // MARK: For the sink

  /// Returns the leased item of an index; nil once it is finished.
  func item(_ index: Int) -> LeasedItem? { condition.withLock { held[index]?.item } }

  /// Encodes the record of `outcome`.
  func record(_ outcome: Outcome) -> [UInt8] { encode(outcome) }

  /// Writes records to Redis, however long that takes; returns false if the worker is stopping and Redis cannot be
  /// reached for 30 s. Other workers then process the items.
  func finish(_ batch: [(index: Int, leased: LeasedItem, record: [UInt8], isFailure: Bool)]) -> Bool {
    let start = monotonicSeconds()
    let new = work.queue.retry(while: !self.isStopped() || monotonicSeconds() < start + 30) { () throws(RedisError) in
      try self.work.finish(batch.map { ($0.leased, $0.record, $0.isFailure) })
    }
    guard let new else { return false }
    written.add(new, ordering: .relaxed)
    condition.withLock {
      for done in batch { held[done.index] = nil }
      condition.broadcast()
    }
    return true
  }

  var endsWhenEmpty: Bool { options.endsWhenEmpty }
  var lease: Double { options.lease }
}
