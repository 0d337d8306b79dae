import Foundation
import Redis

/// An item that a worker has leased.
struct LeasedItem {
  var shard: Int
  var entry: [UInt8]
  var item: QueueItem
  /// Number of deliveries, including this one.
  var deliveries: Int
  /// Whether it was delivered too often already.
  var isGivenUp = false
}

/// The commands of one worker to a queue.
final class QueueConsumer: Sendable {
  let queue: RedisQueue
  let plan: QueueManifest
  let consumer: [UInt8]
  let lease: Double
  let maxDeliveries: Int

  init(_ queue: RedisQueue, _ plan: QueueManifest, consumer: String, lease: Double, maxDeliveries: Int) {
    self.queue = queue
    self.plan = plan
    self.consumer = utf8(consumer)
    self.lease = lease
    self.maxDeliveries = maxDeliveries
  }

  /// From this delivery on an item is recognised alone, so that one that crashes its worker is isolated from its
  /// neighbours.
  var aloneFrom: Int { min(3, maxDeliveries) }

  private var milliseconds: [UInt8] { utf8("\(Int(lease * 1000))") }
  private func command(_ words: [[UInt8]], _ shard: Int) -> RedisCommand {
    RedisCommand(words, key: queue.key("todo", shard))
  }

  /// Leases about `count` new items, from all shards in one exchange per node.
  func take(_ count: Int) throws(RedisError) -> [LeasedItem] {
    let each = max(1, count / plan.shards)
    let start = Int.random(in: 0..<plan.shards)
    let shards = (0..<min(count, plan.shards)).map { (start + $0) % plan.shards }
    let replies = try queue.send(
      shards.map { shard in
        command(
          [
            utf8("XREADGROUP"), utf8("GROUP"), RedisQueue.group, consumer, utf8("COUNT"), utf8("\(each)"),
            utf8("STREAMS"), queue.key("todo", shard), utf8(">"),
          ], shard)
      })
    return zip(shards, replies).flatMap { shard, reply in
      let entries = reply.array.first?.array.last?.array ?? []
      return entries.compactMap { leasedItem($0, shard: shard, deliveries: 1) }
    }
  }

  /// Leases items whose worker sent no heartbeat for the lease: up to `count` of those with few deliveries, or one
  /// suspect, an item with many, if `isAlone`. Returns them, and whether there are suspects. XPENDING examines them
  /// before they are claimed (XAUTOCLAIM would claim first), as each claim counts as a delivery, and an item that is not
  /// worked on should not count.
  func takeOver(atMost count: Int, isAlone: Bool) throws(RedisError) -> (items: [LeasedItem], suspects: Bool) {
    let pending = try queue.send(
      (0..<plan.shards).map { shard in
        command(
          [
            utf8("XPENDING"), queue.key("todo", shard), RedisQueue.group, utf8("IDLE"), milliseconds, utf8("-"),
            utf8("+"), utf8("\(max(1, min(count, 32)))"),
          ], shard)
      })
    var seen: [(shard: Int, entry: [UInt8], deliveries: Int)] = []
    for (shard, reply) in pending.enumerated() {
      for row in reply.array.map(\.array) where row.count == 4 {
        guard let entry = row[0].data else { continue }
        seen.append((shard, entry, row[3].count))
      }
    }
    // The delivery to come counts.
    let plain = seen.filter { $0.deliveries + 1 < aloneFrom || $0.deliveries >= maxDeliveries }
    let suspects = seen.filter { $0.deliveries + 1 >= aloneFrom && $0.deliveries < maxDeliveries }
    var chosen = Array(plain.prefix(count))
    if chosen.isEmpty, isAlone, let suspect = suspects.randomElement() { chosen = [suspect] }
    guard !chosen.isEmpty else { return ([], !suspects.isEmpty) }
    let claimed = try queue.send(
      chosen.map { claim in
        command(
          [
            utf8("XCLAIM"), queue.key("todo", claim.shard), RedisQueue.group, consumer, milliseconds, claim.entry,
          ], claim.shard)
      })
    let items = zip(chosen, claimed).compactMap { claim, reply -> LeasedItem? in
      guard let entry = reply.array.first else { return nil }
      var item = leasedItem(entry, shard: claim.shard, deliveries: claim.deliveries + 1)
      item?.isGivenUp = claim.deliveries >= maxDeliveries
      return item
    }
    return (items, !suspects.isEmpty)
  }

  private func leasedItem(_ entry: RedisReply, shard: Int, deliveries: Int) -> LeasedItem? {
    guard entry.array.count == 2, let id = entry.array[0].data else { return nil }
    guard let item = QueueItem(fields: entry.array[1].array) else {
      discard(id, shard)
      return nil
    }
    return LeasedItem(shard: shard, entry: id, item: item, deliveries: deliveries)
  }

  /// Removes an entry that imgrec did not write: it could never be finished, so the queue would never be empty.
  private func discard(_ entry: [UInt8], _ shard: Int) {
    let key = queue.key("todo", shard)
    let done = try? queue.send([
      command([utf8("XACK"), key, RedisQueue.group, entry], shard), command([utf8("XDEL"), key, entry], shard),
    ])
    if done != nil { queue.logger.warning("queue \(queue.label): removed an entry that is not an item") }
  }

  /// Sends the heartbeat, which renews the lease of `items`. Does not count as a delivery.
  func renew(_ items: [LeasedItem]) throws(RedisError) {
    let commands = Dictionary(grouping: items, by: \.shard).map { shard, items in
      command(
        [utf8("XCLAIM"), queue.key("todo", shard), RedisQueue.group, consumer, utf8("0")] + items.map(\.entry) + [
          utf8("JUSTID")
        ], shard)
    }
    if !commands.isEmpty { _ = try queue.send(commands) }
  }

  /// Writes records and removes their items from the queue; returns the number of new records.
  func finish(_ batch: [(leased: LeasedItem, record: [UInt8], isFailure: Bool)]) throws(RedisError) -> Int {
    let calls = Dictionary(grouping: batch, by: \.leased.shard).map { shard, batch in
      (
        keys: queue.keys(shard, "todo", "done", "dead", "known", "counts"),
        arguments: [RedisQueue.group]
          + batch.flatMap { done in
            let form = done.leased.isGivenUp ? "d" : done.isFailure ? "e" : "r"
            return [done.leased.entry, done.leased.item.id, utf8(form), done.record]
          }
      )
    }
    return try queue.run(.finish, calls, lasting: true).reduce(0) { $0 + $1.count }
  }

  /// Name of the consumer under which returned items wait: a stream has no way back to those not delivered.
  static let returned = "returned"

  /// Milliseconds without a heartbeat of a returned item: more than any worker's lease.
  private static let returnedIdle = utf8("3600001")

  /// Returns items that were not started: others may lease them at once, and it does not count as a delivery.
  func release(_ items: [LeasedItem]) throws(RedisError) {
    let commands = items.map { leased in
      command(
        [
          utf8("XCLAIM"), queue.key("todo", leased.shard), RedisQueue.group, utf8(Self.returned), utf8("0"),
          leased.entry, utf8("IDLE"), Self.returnedIdle, utf8("RETRYCOUNT"), utf8("\(leased.deliveries - 1)"),
          utf8("JUSTID"),
        ], leased.shard)
    }
    if !commands.isEmpty { _ = try queue.send(commands) }
  }

  /// Deletes this consumer, and those idle for a day, if they hold nothing.
  func deregister() throws(RedisError) {
    _ = try queue.run(
      .forget,
      (0..<plan.shards).map { (queue.keys($0, "todo"), [RedisQueue.group, consumer, utf8("\(86_400_000)")]) })
  }

  /// Whether the streams are empty, and there are no submitters.
  func isDrained() throws(RedisError) -> Bool {
    guard try queue.submitters() == 0 else { return false }
    let lengths = try queue.send((0..<plan.shards).map { command([utf8("XLEN"), queue.key("todo", $0)], $0) })
    return lengths.allSatisfy { $0.number == 0 }
  }
}
