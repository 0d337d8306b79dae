import DequeModule
import Foundation
import Platform
import Redis

/// Collects the records of a queue, each once.
public final class ResultCollector {
  public struct Record: Sendable {
    public var json: [UInt8]
    public var isFailure: Bool
  }

  public enum Step {
    /// New records, possibly none.
    case records([Record])
    /// The queue is empty, and there are no submitters.
    case end
    /// Another collector holds the queue.
    case taken
  }

  private let queue: RedisQueue
  private let plan: QueueManifest
  private let name = utf8(UUID().uuidString)
  /// Last entry returned from each shard.
  private var cursors: [[UInt8]]
  /// Items of the records returned last: a Redis that lost its last writes may return a record once more.
  private var recent: Set<[UInt8]> = []
  /// `recent`, the oldest first.
  private var order = Deque<[UInt8]>()
  /// Digests of lines that an earlier collector wrote.
  private var lines: Set<[UInt8]> = []
  /// Number of items in the queue.
  public private(set) var left = 0

  /// Milliseconds for which this collector holds the queue.
  private static let lease = 5000
  /// Maximum size of `recent`.
  private static let maxRecent = 65_536

  public init(_ queue: RedisQueue, plan: QueueManifest) {
    self.queue = queue
    self.plan = plan
    cursors = Array(repeating: [], count: plan.shards)
  }

  /// Maximum number of records of one call of `next`; that many may be written out and still be in Redis when a collector
  /// is killed.
  public var maxRecords: Int { each * plan.shards }
  private var each: Int { max(16, 1024 / plan.shards) }

  /// Remembers a line that an earlier collector wrote, so that its record is skipped.
  public func remember(line: some Sequence<UInt8>) { lines.insert(Self.digest(line)) }

  private static func digest(_ line: some Sequence<UInt8>) -> [UInt8] { Array(Digest.of(line).prefix(16)) }

  /// Deletes the records of the last call of `next` in Redis. Precondition: they are written out.
  public func acknowledge() throws(RedisError) {
    _ = try queue.run(.collect, calls(records: 0), lasting: true)
  }

  /// The arguments of the script for each shard, which returns up to `records` from it.
  private func calls(records: Int) -> [(keys: [[UInt8]], arguments: [[UInt8]])] {
    (0..<plan.shards).map { shard in
      (
        queue.keys(shard, "done", "known", "counts", "collector"),
        [name, utf8("\(Self.lease)"), cursors[shard], utf8("\(records)")]
      )
    }
  }

  /// Returns the next records. Precondition: those of the previous call are written out; this call deletes them in Redis.
  public func next() throws(RedisError) -> Step {
    // Read first, so that items submitted after it are not missed.
    let isOver = left == 0 ? try queue.submitters() == 0 : false
    let replies = try queue.run(.collect, calls(records: each), lasting: true)
    var records: [Record] = []
    left = 0
    var found = 0
    for (shard, reply) in replies.map(\.array).enumerated() {
      guard reply.count == 3, reply[0].number == 1 else { return .taken }
      left += reply[1].count
      for entry in reply[2].array.map(\.array) where entry.count == 2 {
        let fields = entry[1].array
        guard let position = entry[0].data, fields.count == 4, let id = fields[1].data, let json = fields[3].data else {
          continue
        }
        cursors[shard] = position
        found += 1
        guard remember(id), lines.isEmpty || !lines.contains(Self.digest(json)) else { continue }
        records.append(Record(json: json, isFailure: fields[2].text == "e"))
      }
    }
    if isOver, left == 0, found == 0 { return .end }
    return .records(records)
  }

  /// Releases the queue for other collectors.
  public func end() {
    _ = try? queue.send(
      (0..<plan.shards).map {
        RedisCommand([utf8("DEL"), queue.key("collector", $0)], key: queue.key("collector", $0))
      }
    )
  }

  /// Whether the item is new; remembers it.
  private func remember(_ id: [UInt8]) -> Bool {
    guard recent.insert(id).inserted else { return false }
    order.append(id)
    if order.count > Self.maxRecent, let oldest = order.popFirst() { recent.remove(oldest) }
    return true
  }
}
