import Foundation
import Redis

/// An item that a worker has taken and not given back.
struct LeasedItem {
  var shard: Int
  var entry: [UInt8]
  var item: QueueItem
  /// How often it was handed out, this time included.
  var deliveries: Int
  /// Whether it was handed out too often already.
  var isGivenUp = false
}

/// One worker's dealings with a queue.
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

  /// From this delivery on an item is recognised with nothing else under way, so that one that takes the worker along
  /// does not take its neighbours' good name.
  var aloneFrom: Int { min(3, maxDeliveries) }

  private var milliseconds: [UInt8] { utf8("\(Int(lease * 1000))") }
  private func command(_ words: [[UInt8]], _ shard: Int) -> RedisCommand {
    RedisCommand(words, key: queue.key("todo", shard))
  }

  /// New items, about `count` of them, from all shards in one exchange a node.
  func take(_ count: Int) throws(RedisError) -> [LeasedItem] {
    let each = max(1, count / plan.shards)
    let start = Int.random(in: 0..<plan.shards)
    let shards = (0..<min(count, plan.shards)).map { (start + $0) % plan.shards }
    let replies = try queue.ask(
      shards.map { shard in
        command(
          [
            utf8("XREADGROUP"), utf8("GROUP"), RedisQueue.group, consumer, utf8("COUNT"), utf8("\(each)"),
            utf8("STREAMS"), queue.key("todo", shard), utf8(">"),
          ], shard)
      })
    return zip(shards, replies).flatMap { shard, reply in
      let entries = reply.array.first?.array.last?.array ?? []
      return entries.compactMap { held($0, shard: shard, deliveries: 1) }
    }
  }

  /// Items whose worker was not heard of for the lease. Several of those that were handed out a few times; of the
  /// others one, if `isAlone`. They are looked at before they are claimed (XAUTOCLAIM would claim first), since each
  /// claim counts as a delivery, and one that is not worked on should not count.
  func takeOver(atMost count: Int, isAlone: Bool) throws(RedisError) -> (items: [LeasedItem], suspects: Bool) {
    let pending = try queue.ask(
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
        guard let entry = row[0].data, let deliveries = row[3].number else { continue }
        seen.append((shard, entry, deliveries))
      }
    }
    // The count includes the delivery that is to come.
    let plain = seen.filter { $0.deliveries + 1 < aloneFrom || $0.deliveries >= maxDeliveries }
    let suspects = seen.filter { $0.deliveries + 1 >= aloneFrom && $0.deliveries < maxDeliveries }
    var chosen = Array(plain.prefix(count))
    if chosen.isEmpty, isAlone, let suspect = suspects.randomElement() { chosen = [suspect] }
    guard !chosen.isEmpty else { return ([], !suspects.isEmpty) }
    let claimed = try queue.ask(
      chosen.map { claim in
        command(
          [
            utf8("XCLAIM"), queue.key("todo", claim.shard), RedisQueue.group, consumer, milliseconds, claim.entry,
          ], claim.shard)
      })
    let items = zip(chosen, claimed).compactMap { claim, reply -> LeasedItem? in
      guard let entry = reply.array.first else { return nil }
      var item = held(entry, shard: claim.shard, deliveries: claim.deliveries + 1)
      item?.isGivenUp = claim.deliveries >= maxDeliveries
      return item
    }
    return (items, !suspects.isEmpty)
  }

  private func held(_ entry: RedisReply, shard: Int, deliveries: Int) -> LeasedItem? {
    guard entry.array.count == 2, let id = entry.array[0].data, let item = QueueItem(fields: entry.array[1].array)
    else {
      return nil
    }
    return LeasedItem(shard: shard, entry: id, item: item, deliveries: deliveries)
  }

  /// The heartbeat: the items stay with this worker for another lease. Does not count as a delivery.
  func renew(_ items: [LeasedItem]) throws(RedisError) {
    let commands = Dictionary(grouping: items, by: \.shard).map { shard, items in
      command(
        [utf8("XCLAIM"), queue.key("todo", shard), RedisQueue.group, consumer, utf8("0")] + items.map(\.entry) + [
          utf8("JUSTID")
        ], shard)
    }
    if !commands.isEmpty { _ = try queue.ask(commands) }
  }

  /// Writes records and takes their items out of the queue; gives how many records were not there yet.
  func finish(_ batch: [(held: LeasedItem, record: [UInt8], isFailure: Bool)]) throws(RedisError) -> Int {
    let calls = Dictionary(grouping: batch, by: \.held.shard).map { shard, batch in
      (
        keys: queue.keys(shard, "todo", "done", "dead", "known", "counts"),
        arguments: [RedisQueue.group]
          + batch.flatMap { done in
            let form = done.held.isGivenUp ? "d" : done.isFailure ? "e" : "r"
            return [done.held.entry, done.held.item.id, utf8(form), done.record]
          }
      )
    }
    return try queue.run(.finish, calls, lasting: true).reduce(0) { $0 + ($1.number ?? 0) }
  }

  /// Gives back what was not begun: others may take it at once, and it does not count as a delivery.
  func giveBack(_ items: [LeasedItem]) throws(RedisError) {
    let idle = utf8("\(Int(lease * 1000) + 1)")
    let commands = items.map { held in
      command(
        [
          utf8("XCLAIM"), queue.key("todo", held.shard), RedisQueue.group, consumer, utf8("0"), held.entry,
          utf8("IDLE"), idle, utf8("RETRYCOUNT"), utf8("\(held.deliveries - 1)"), utf8("JUSTID"),
        ], held.shard)
    }
    if !commands.isEmpty { _ = try queue.ask(commands) }
  }

  /// Deletes this consumer, and those that were silent for a day, where they hold nothing.
  func leave() throws(RedisError) {
    _ = try queue.run(
      .forget,
      (0..<plan.shards).map { (queue.keys($0, "todo"), [RedisQueue.group, consumer, utf8("\(86_400_000)")]) })
  }

  /// Whether nothing is in the streams, and nobody submits.
  func isDrained() throws(RedisError) -> Bool {
    guard try queue.submitters() == 0 else { return false }
    let lengths = try queue.ask((0..<plan.shards).map { command([utf8("XLEN"), queue.key("todo", $0)], $0) })
    return lengths.allSatisfy { $0.number == 0 }
  }
}
