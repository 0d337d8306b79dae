import Recognition
import Redis

/// The contents of a queue.
public struct QueueStatus: Sendable {
  public struct Worker: Sendable {
    /// Its unique name in the queue.
    public var consumer: String
    /// What it says about itself; nil for a version that announces nothing.
    public var announcement: WorkerAnnouncement?
    /// Seconds since its last announcement.
    public var beat: Double?
    /// Number of items that it holds.
    public var held: Int
    /// Seconds since its last sign of life: an announcement, or a command for items.
    public var silent: Double

    public var name: String { announcement?.name ?? consumer }

    /// Whether its announcements have ended without its farewell: it was killed, or its network is down. Unknown for a
    /// worker that announces nothing.
    public var isLost: Bool { beat.map { $0 >= RedisQueue.lostAfter } ?? false }
  }

  public var plan: QueueManifest
  public var load: QueueLoad
  public var workers: [Worker] = []
}

extension RedisQueue {
  /// Reads the status of all shards, in a few exchanges per node.
  public func status(_ plan: QueueManifest) throws(RedisError) -> QueueStatus {
    try makeGroups(plan)
    var status = QueueStatus(plan: plan, load: try load(plan))
    var workers: [String: QueueStatus.Worker] = [:]
    let announced = try announcements()
    for (consumer, found) in announced {
      workers[consumer] = .init(
        consumer: consumer, announcement: found.announcement, beat: found.age, held: 0, silent: found.age)
    }
    let replies = try send(
      (0..<plan.shards).map { shard in
        let todo = key("todo", shard)
        return RedisCommand([utf8("XINFO"), utf8("CONSUMERS"), todo, Self.group], key: todo)
      })
    for reply in replies {
      for entry in reply.array {
        let fields = Self.pairs(entry.array)
        guard let name = fields["name"]?.text, name != QueueConsumer.returned else { continue }
        let silent = Double(fields["idle"]?.count ?? 0) / 1000
        let held = fields["pending"]?.count ?? 0
        // A consumer stays in Redis for a day after its worker was killed.
        if announced[name] == nil, held == 0, silent >= Self.listedFor { continue }
        var worker = workers[name] ?? .init(consumer: name, held: 0, silent: silent)
        worker.held += held
        worker.silent = min(worker.silent, silent)
        workers[name] = worker
      }
    }
    status.workers = workers.values.sorted { ($0.name, $0.consumer) < ($1.name, $1.consumer) }
    return status
  }

  /// Requeues the dead letters whose records were collected; returns how many, and how many still wait for that.
  public func retry(_ plan: QueueManifest) throws(RedisError) -> (back: Int, left: Int) {
    var (back, left) = (0, 0)
    for shard in 0..<plan.shards {
      var from = utf8("-")
      while true {
        let reply = try run(
          .retry, [(keys(shard, "todo", "known", "counts", "dead"), [from, utf8("100")])], lasting: true)[0].array
        guard reply.count == 3, let last = reply[0].data, !last.isEmpty else { break }
        back += reply[1].count
        left += reply[2].count
        from = utf8("(") + last
      }
    }
    return (back, left)
  }

  /// Deletes the queue with all its contents.
  public func purge(_ plan: QueueManifest) throws(RedisError) {
    for shard in 0..<plan.shards {
      let all = keys(shard, "todo", "known", "done", "dead", "counts", "collector")
      _ = try send([RedisCommand([utf8("UNLINK")] + all, key: all[0])])
    }
    let shared = ["meta", "submitters", "workers", "beats"].map { key($0) }
    _ = try send([RedisCommand([utf8("UNLINK")] + shared, key: shared[0])])
  }

  static func pairs(_ list: [RedisReply]) -> [String: RedisReply] {
    var pairs: [String: RedisReply] = [:]
    for n in stride(from: 0, to: list.count - 1, by: 2) { pairs[list[n].text ?? ""] = list[n + 1] }
    return pairs
  }
}
