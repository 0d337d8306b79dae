import DequeModule
import Foundation
import Platform
import Redis

/// Takes the records out of a queue, each once.
public final class ResultCollector {
  public struct Record: Sendable {
    public var json: [UInt8]
    public var isFailure: Bool
  }

  public enum Step {
    /// Records that were written, perhaps none yet.
    case records([Record])
    /// Nothing is left, and nobody submits.
    case end
    /// Somebody else collects.
    case taken
  }

  private let queue: RedisQueue
  private let plan: QueueManifest
  private let name = utf8(UUID().uuidString)
  /// The last entry of each shard that was handed out.
  private var cursors: [[UInt8]]
  /// Of the records that were handed out last. A Redis that lost its last writes may give a record once more.
  private var recent: Set<[UInt8]> = []
  private var order = Deque<[UInt8]>()
  /// Digests of lines that are written out already.
  private var lines: Set<[UInt8]> = []
  /// Items that are in the queue.
  public private(set) var left = 0

  /// Milliseconds for which the queue is this collector's.
  private static let lease = 5000
  private static let remembered = 65_536

  public init(_ queue: RedisQueue, plan: QueueManifest) {
    self.queue = queue
    self.plan = plan
    cursors = Array(repeating: [], count: plan.shards)
  }

  /// Records of one call of `next`, at most: as many can be written out and still be in Redis when a collector is killed.
  public var most: Int { each * plan.shards }
  private var each: Int { max(16, 1024 / plan.shards) }

  /// A record that an earlier collector wrote out last.
  public func remember(line: some Sequence<UInt8>) { lines.insert(Self.digest(line)) }

  private static func digest(_ line: some Sequence<UInt8>) -> [UInt8] { Array(Digest.of(line).prefix(16)) }

  /// The next records. Those of the call before are written out when this is called, and leave Redis now.
  public func next() throws(RedisError) -> Step {
    // Asked before, so that what comes after it was submitted before.
    let isOver = left == 0 ? try queue.submitters() == 0 : false
    let replies = try queue.run(
      .collect,
      (0..<plan.shards).map { shard in
        (
          queue.keys(shard, "done", "known", "counts", "collector"),
          [name, utf8("\(Self.lease)"), cursors[shard], utf8("\(each)")]
        )
      }, lasting: true)
    var records: [Record] = []
    left = 0
    var found = 0
    for (shard, reply) in replies.map(\.array).enumerated() {
      guard reply.count == 3, reply[0].number == 1 else { return .taken }
      left += reply[1].number ?? 0
      for entry in reply[2].array.map(\.array) where entry.count == 2 {
        let fields = entry[1].array
        guard let place = entry[0].data, fields.count == 4, let id = fields[1].data, let json = fields[3].data else {
          continue
        }
        cursors[shard] = place
        found += 1
        guard remember(id), lines.isEmpty || !lines.contains(Self.digest(json)) else { continue }
        records.append(Record(json: json, isFailure: fields[2].text == "e"))
      }
    }
    if isOver, left == 0, found == 0 { return .end }
    return .records(records)
  }

  /// Lets others collect.
  public func end() {
    _ = try? queue.ask(
      (0..<plan.shards).map {
        RedisCommand([utf8("DEL"), queue.key("collector", $0)], key: queue.key("collector", $0))
      }
    )
  }

  /// Whether it is new.
  private func remember(_ id: [UInt8]) -> Bool {
    guard recent.insert(id).inserted else { return false }
    order.append(id)
    if order.count > Self.remembered, let oldest = order.popFirst() { recent.remove(oldest) }
    return true
  }
}
