import Recognition
import Redis

extension RedisQueue {
  /// Reads the load of all shards, in one exchange per node. Changes nothing, and does not try again.
  public func load(_ plan: QueueManifest) throws(RedisError) -> QueueLoad {
    var load = QueueLoad()
    load.submitters = try submitters()
    let replies = try run(
      .load,
      (0..<plan.shards).map {
        (keys($0, "todo", "done", "dead", "counts"), [Self.group, utf8(QueueConsumer.returned)])
      })
    for reply in replies.map(\.array) where reply.count == 8 {
      load.waiting += max(0, reply[0].count - reply[1].count)
      load.held += reply[1].count
      load.done += reply[2].count
      load.dead += reply[3].count
      load.submitted += reply[4].count
      load.finished += reply[5].count
      load.collected += reply[6].count
      load.oldestAge = max(load.oldestAge, Double(reply[7].count) / 1000)
    }
    return load
  }
}
