import Foundation
import Recognition
import Redis

/// Takes items out of the queue as there is room for them.
final class QueueFeed: Feed {
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
        ready = worker.lease(taken).reversed()
        pause = 0.01
        continue
      }
      if worker.endsWhenEmpty, worker.inFlight == 0,
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
    let isAlone = worker.inFlight == 0
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
    return worker.lease(found.items).reversed()
  }

  /// Asks Redis as long as the worker goes on; makes the groups again where somebody deleted them.
  private func asked<Value>(_ body: () throws(RedisError) -> Value) -> Value? {
    if isSuspectOut {
      guard worker.room(empty: true) > 0 else { return nil }
      isSuspectOut = false
    }
    return worker.work.queue.retry(while: !self.worker.waits) { () throws(RedisError) in
      do throws(RedisError) { return try body() } catch {
        guard error.code == "NOGROUP" else { throw error }
        guard try self.worker.work.queue.plan() == self.worker.work.plan else {
          throw RedisError(description: "\(self.worker.work.queue.label): the queue was deleted, or is another now")
        }
        try self.worker.work.queue.makeGroups(self.worker.work.plan)
        return try body()
      }
    }
  }
}
