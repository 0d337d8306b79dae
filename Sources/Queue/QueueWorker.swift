import Foundation
import Recognition
import Redis
import Synchronization

/// A worker of a queue: what it takes is the feed of a run, and the run's records go back through its sink.
///
/// An item is this worker's until its record is in Redis. A heartbeat renews the lease; without one (a crash, a machine
/// that is gone) another worker takes the item over.
public final class QueueWorker: @unchecked Sendable {  // what changes is under `condition`
  public struct Options: Sendable {
    /// Tells this worker from all others.
    public var consumer: String
    /// Seconds without a heartbeat after which others take an item over.
    public var lease = 30.0
    /// How often an item is handed out before it is given up.
    public var maxDeliveries = 5
    /// Items taken and not finished, at most.
    public var prefetch = 256
    /// Ends when the queue is empty and nobody submits.
    public var endsWhenEmpty = false
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
  private var held: [Int: (item: LeasedItem, since: Double)] = [:]
  private var next = 0
  private var isEnding = false
  /// Records that this worker was the first to write.
  private let written = Atomic<Int>(0)
  /// Items in hand at most; fewer where they bring their bytes along.
  private let limit: Int

  /// `encode` writes a record without a line end; `isStopped` says that no more is to be taken.
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

  /// After the run: what was not begun goes back, and the worker takes its leave. Nothing is lost where Redis is away;
  /// others take over when the lease has ended.
  public func end() {
    let rest = condition.withLock {
      isEnding = true
      return held.values.map(\.item)
    }
    let last = RedisQueue.now + 3
    _ = work.queue.retry(while: RedisQueue.now < last) { () throws(RedisError) in
      try self.work.giveBack(rest)
      try self.work.leave()
    }
  }

  /// No item is held longer, whatever its worker says: one that hangs should not keep it for ever.
  private var longestHold: Double { max(600, 20 * options.lease) }

  private func beat() -> Bool {
    let now = RedisQueue.now
    let (items, shouldContinue) = condition.withLock {
      (held.values.filter { now - $0.since < longestHold }.map(\.item), !isEnding)
    }
    // A beat that is missed is made up for by the next; the sink tells of a Redis that is away.
    if shouldContinue { try? work.renew(items) }
    return shouldContinue
  }

  // MARK: For the feed

  var waits: Bool { isStopped() }

  /// Waits until there is room for a good part of what may be in hand, or with `empty` for all of it; gives how much
  /// room there is, 0 when stopped.
  func room(empty: Bool = false) -> Int {
    let most = empty ? 0 : limit - max(1, min(64, limit / 4))
    return condition.withLock {
      while held.count > most, !isStopped() { _ = condition.wait(until: Date() + 0.2) }
      return isStopped() ? 0 : limit - held.count
    }
  }

  var inFlight: Int { condition.withLock { held.count } }

  /// Items that were taken over, from now on in this worker's hand. What it holds and was thought to have lost comes to
  /// it again after a pause of its own; that is on its way already.
  func lease(_ items: [LeasedItem]) -> [Item] {
    condition.withLock {
      let entries = Set(held.values.map { Place(shard: $0.item.shard, entry: $0.item.entry) })
      return items.compactMap { item in
        guard !entries.contains(Place(shard: item.shard, entry: item.entry)) else { return nil }
        defer { next += 1 }
        held[next] = (item, RedisQueue.now)
        var taken = Item(index: next, path: item.item.path, origin: origin(item))
        taken.hint = item.item.hint
        return taken
      }
    }
  }

  private struct Place: Hashable {
    var shard: Int
    var entry: [UInt8]
  }

  private func origin(_ held: LeasedItem) -> Item.Origin {
    if held.isGivenUp {
      return .fault(
        Failure(.read, .gaveUp, "given up after \(held.deliveries - 1) deliveries; each worker was lost with it"))
    }
    switch held.item.content {
    case .bytes(let bytes): return .bytes(bytes)
    case .fault(let failure): return .fault(failure)
    case .file:
      do throws(Failure) { return .fileAt(try options.root.place(of: held.item)) } catch { return .fault(error) }
    }
  }

  // MARK: For the sink

  func item(_ index: Int) -> LeasedItem? { condition.withLock { held[index]?.item } }

  func record(_ outcome: Outcome) -> [UInt8] { encode(outcome) }

  /// Brings records into Redis, however long it is away; false when the worker was told to end and it was
  /// away for half a minute. What was not written is recognised by others.
  func finish(_ batch: [(index: Int, held: LeasedItem, record: [UInt8], isFailure: Bool)]) -> Bool {
    let began = RedisQueue.now
    let new = work.queue.retry(while: !self.isStopped() || RedisQueue.now < began + 30) { () throws(RedisError) in
      try self.work.finish(batch.map { ($0.held, $0.record, $0.isFailure) })
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
