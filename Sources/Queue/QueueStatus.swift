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
  /// Items that no worker holds: not leased yet, or returned.
  public var waiting = 0
  /// Items that workers hold.
  public var held = 0
  /// Records that are not collected yet.
  public var done = 0
  /// Dead letters.
  public var dead = 0
  /// Totals since the queue was created.
  public var submitted = 0
  public var finished = 0
  public var collected = 0
  public var submitters = 0
  public var workers: [Worker] = []
}

extension RedisQueue {
  /// Reads the status of all shards, in one exchange per node.
  public func status(_ plan: QueueManifest) throws(RedisError) -> QueueStatus {
    var status = QueueStatus(plan: plan)
    try makeGroups(plan)
    var workers: [String: QueueStatus.Worker] = [:]
    func command(_ shard: Int, _ part: String, _ words: String..., then more: [UInt8]...) -> RedisCommand {
      RedisCommand(words.map { utf8($0) } + [key(part, shard)] + more, key: key(part, shard))
    }
    let announced = try announcements()
    for (consumer, found) in announced {
      workers[consumer] = .init(
        consumer: consumer, announcement: found.announcement, beat: found.age, held: 0, silent: found.age)
    }
    let replies = try send(
      (0..<plan.shards).flatMap { n in
        [
          command(n, "todo", "XLEN"), command(n, "todo", "XPENDING", then: Self.group), command(n, "done", "XLEN"),
          command(n, "dead", "XLEN"), command(n, "counts", "HGETALL"),
          command(n, "todo", "XINFO", "CONSUMERS", then: Self.group),
        ]
      })
    for shard in 0..<plan.shards {
      let part = replies[(6 * shard)..<(6 * shard + 6)].map { $0 }
      let held = part[1].array.first?.count ?? 0
      status.waiting += max(0, part[0].count - held)
      status.held += held
      status.done += part[2].count
      status.dead += part[3].count
      let counts = Self.pairs(part[4].array)
      status.submitted += counts["submitted"]?.count ?? 0
      status.finished += counts["finished"]?.count ?? 0
      status.collected += counts["collected"]?.count ?? 0
      for entry in part[5].array {
        let fields = Self.pairs(entry.array)
        guard let name = fields["name"]?.text else { continue }
        let silent = Double(fields["idle"]?.count ?? 0) / 1000
        let held = fields["pending"]?.count ?? 0
        if name == QueueConsumer.returned {
          status.waiting += held
          status.held -= held
          continue
        }
        // A consumer stays in Redis for a day after its worker was killed.
        if announced[name] == nil, held == 0, silent >= Self.listedFor { continue }
        var worker = workers[name] ?? .init(consumer: name, held: 0, silent: silent)
        worker.held += held
        worker.silent = min(worker.silent, silent)
        workers[name] = worker
      }
    }
    status.submitters = try submitters()
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
