import Foundation
import Recognition
import Synchronization

/// A worker of a queue: what it takes is the feed of a run, and the run's records go back through its sink.
///
/// An item is this worker's until its record is in Redis. A heartbeat renews the lease; without one (a crash, a machine
/// that is gone) another worker takes the item over.
public final class QueueWorker: @unchecked Sendable {  // what changes is under `condition`; the sink's batch is the sink's
  public struct Options: Sendable {
    /// Tells this worker from all others.
    public var consumer: String
    /// Seconds without a heartbeat after which others take an item over.
    public var lease = 30.0
    /// How often an item is handed out before it is given up.
    public var maxDeliveries = 5
    /// Items taken and not finished, at most.
    public var inHand = 256
    /// Ends when the queue is empty and nobody submits.
    public var endsWhenEmpty = false
    public var root: QueueRoot

    public init(consumer: String, root: QueueRoot) {
      self.consumer = consumer
      self.root = root
    }
  }

  let work: QueueWork
  private let options: Options
  private let isStopped: @Sendable () -> Bool
  private let encode: (Outcome) -> [UInt8]
  private let condition = NSCondition()
  private var held: [Int: (item: HeldItem, since: Double)] = [:]
  private var next = 0
  private var isEnding = false
  /// Records that this worker was the first to write.
  private let written = Atomic<Int>(0)
  /// Items in hand at most; fewer where they bring their bytes along.
  private let limit: Int

  /// `encode` writes a record without a line end; `isStopped` says that no more is to be taken.
  public init(
    _ queue: RedisQueue, plan: RedisQueue.Plan, options: Options, isStopped: @escaping @Sendable () -> Bool,
    encode: @escaping (Outcome) -> [UInt8]
  ) {
    work = QueueWork(
      queue, plan, consumer: options.consumer, lease: options.lease, maxDeliveries: options.maxDeliveries)
    self.options = options
    self.isStopped = isStopped
    self.encode = encode
    limit = max(1, min(options.inHand, (256 << 20) / max(1, plan.inline)))
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
    var tries = 0
    _ = work.queue.persist(while: {
      tries += 1
      return tries < 3
    }) { () throws(RedisError) in
      try self.work.giveBack(rest)
      try self.work.leave()
    }
  }

  /// No item is held longer, whatever its worker says: one that hangs should not keep it for ever.
  private var longestHold: Double { max(600, 20 * options.lease) }

  private func beat() -> Bool {
    let now = RedisQueue.now
    let (items, goesOn) = condition.withLock {
      (held.values.filter { now - $0.since < longestHold }.map(\.item), !isEnding)
    }
    // A beat that is missed is made up for by the next; the sink tells of a Redis that is away.
    if goesOn { try? work.renew(items) }
    return goesOn
  }

  // MARK: For the feed

  fileprivate var waits: Bool { isStopped() }

  /// Waits until there is room for items, or nothing is in hand; gives how much room there is, 0 when stopped.
  fileprivate func room(empty: Bool = false) -> Int {
    condition.withLock {
      while held.count >= (empty ? 1 : limit), !isStopped() { _ = condition.wait(until: Date() + 0.2) }
      return isStopped() ? 0 : limit - held.count
    }
  }

  fileprivate var handIsEmpty: Bool { condition.withLock { held.isEmpty } }

  /// Items that were taken over, from now on in this worker's hand. What it holds and was thought to have lost comes to
  /// it again after a pause of its own; that is on its way already.
  fileprivate func hold(_ items: [HeldItem]) -> [Item] {
    condition.withLock {
      let entries = Set(held.values.map { Place(shard: $0.item.shard, entry: $0.item.entry) })
      return items.compactMap { item in
        guard !entries.contains(Place(shard: item.shard, entry: item.entry)) else { return nil }
        defer { next += 1 }
        held[next] = (item, RedisQueue.now)
        return Item(index: next, path: item.item.path, origin: origin(item))
      }
    }
  }

  private struct Place: Hashable {
    var shard: Int
    var entry: [UInt8]
  }

  private func origin(_ held: HeldItem) -> Item.Origin {
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

  fileprivate func item(_ index: Int) -> HeldItem? { condition.withLock { held[index]?.item } }

  fileprivate func record(_ outcome: Outcome) -> [UInt8] { encode(outcome) }

  /// Brings records into Redis, however long it is away; false when the worker is told to end meanwhile and it is
  /// still away half a minute later. What was not written is recognised by others.
  fileprivate func finish(_ batch: [(index: Int, held: HeldItem, record: [UInt8], isFailure: Bool)]) -> Bool {
    var stoppedAt: Double?
    let new = work.queue.persist(while: {
      guard self.isStopped() else { return true }
      stoppedAt = stoppedAt ?? RedisQueue.now
      return RedisQueue.now - stoppedAt! < 30
    }) { () throws(RedisError) in try self.work.finish(batch.map { ($0.held, $0.record, $0.isFailure) }) }
    guard let new else { return false }
    written.add(new, ordering: .relaxed)
    condition.withLock {
      for done in batch { held[done.index] = nil }
      condition.broadcast()
    }
    return true
  }

  fileprivate var endsWhenEmpty: Bool { options.endsWhenEmpty }
  fileprivate var lease: Double { options.lease }
}

/// Takes items out of the queue as there is room for them.
private final class QueueFeed: Feed {
  private let worker: QueueWorker
  /// The next comes last.
  private var ready: [Item] = []
  private var isSuspectOut = false
  private var claimAt = 0.0
  private var pause = 0.01

  init(_ worker: QueueWorker) { self.worker = worker }

  func next() -> Item? {
    while !worker.waits {
      if let item = ready.popLast() { return item }
      let room = worker.room()
      guard room > 0 else { break }
      if RedisQueue.now >= claimAt {
        ready = takeOver(room)
        if !ready.isEmpty { continue }
      }
      if let taken = asked({ () throws(RedisError) in try self.worker.work.take(min(room, 64)) }), !taken.isEmpty {
        ready = worker.hold(taken).reversed()
        pause = 0.01
        continue
      }
      if worker.endsWhenEmpty, worker.handIsEmpty,
        asked({ () throws(RedisError) in try self.worker.work.isDrained() }) == true
      {
        return nil
      }
      usleep(UInt32(pause * 1e6))
      pause = min(0.5, pause * 2)
    }
    return nil
  }

  /// What others left behind. A suspect goes alone: everything else is finished before, and nothing is taken until it
  /// is.
  private func takeOver(_ room: Int) -> [Item] {
    claimAt = RedisQueue.now + min(5, worker.lease / 4)
    let isAlone = worker.handIsEmpty
    guard
      let found = asked({ () throws(RedisError) in try self.worker.work.takeOver(atMost: room, isAlone: isAlone) })
    else { return [] }
    if found.items.isEmpty, found.suspects, !isAlone {
      return worker.room(empty: true) > 0 ? takeOver(room) : []
    }
    guard let first = found.items.first else { return [] }
    // There may be more.
    claimAt = 0
    isSuspectOut = first.deliveries >= worker.work.aloneFrom && !first.isGivenUp
    return worker.hold(found.items).reversed()
  }

  /// Asks Redis as long as the worker goes on; makes the groups again where somebody deleted them.
  private func asked<Value>(_ body: () throws(RedisError) -> Value) -> Value? {
    if isSuspectOut {
      guard worker.room(empty: true) > 0 else { return nil }
      isSuspectOut = false
    }
    return worker.work.queue.persist(while: { !self.worker.waits }) { () throws(RedisError) in
      do throws(RedisError) { return try body() } catch {
        guard error.description.contains("NOGROUP") else { throw error }
        guard try self.worker.work.queue.plan() == self.worker.work.plan else {
          throw RedisError(description: "\(self.worker.work.queue.label): the queue was deleted, or is another now")
        }
        try self.worker.work.queue.makeGroups(self.worker.work.plan)
        return try body()
      }
    }
  }
}

/// Writes records into the queue, and only then lets their items go.
private final class QueueSink: Sink {
  private let worker: QueueWorker
  private var batch: [(index: Int, held: HeldItem, record: [UInt8], isFailure: Bool)] = []
  private var bytes = 0

  init(_ worker: QueueWorker) { self.worker = worker }

  func write(_ outcome: Outcome) throws(SinkError) {
    guard let held = worker.item(outcome.index) else { return }
    let record = worker.record(outcome)
    batch.append((outcome.index, held, record, outcome.failure != nil))
    bytes += record.count
    if batch.count >= 128 || bytes > 4 << 20 { try flush() }
  }

  func flush() throws(SinkError) {
    guard !batch.isEmpty else { return }
    guard worker.finish(batch) else { throw .failed("the queue is away; others will do what was not written") }
    batch.removeAll(keepingCapacity: true)
    bytes = 0
  }

  func finish() throws(SinkError) { try flush() }
}
