import Foundation
import Platform
import Recognition
import Redis

/// Leases items from the queue as capacity becomes free.
final class QueueFeed: Feed {
  private let worker: QueueWorker
  /// Leased items, the next one last.
  private var ready: [Item] = []
  /// Whether the last item passed on is a suspect, which runs alone.
  private var isSuspectOut = false
  /// Monotonic seconds of the next claim.
  private var claimAt = 0.0
  /// Seconds to the next attempt while the queue is empty.
  private var pause = 0.01

  init(_ worker: QueueWorker) { self.worker = worker }

  func next() -> Item? {
    while !worker.isStopping {
      if let item = ready.popLast() { return item }
      let capacity = worker.waitForCapacity()
      guard capacity > 0 else { break }
      if monotonicSeconds() >= claimAt {
        ready = takeOver(capacity)
        if !ready.isEmpty { continue }
      }
      if let taken = request({ () throws(RedisError) in try self.worker.work.take(min(capacity, 64)) }), !taken.isEmpty
      {
        ready = worker.lease(taken).reversed()
        pause = 0.01
        continue
      }
      if worker.endsWhenEmpty, worker.inFlight == 0,
        request({ () throws(RedisError) in try self.worker.work.isDrained() }) == true
      {
        return nil
      }
      usleep(UInt32(pause * 1e6))
      pause = min(0.5, pause * 2)
    }
    return nil
  }

  /// Leases items of lost workers. A suspect runs alone: all other items are finished before, and none is leased until
  /// it is finished.
  private func takeOver(_ capacity: Int) -> [Item] {
    claimAt = monotonicSeconds() + min(5, worker.lease / 4)
    let isAlone = worker.inFlight == 0
    guard
      let found = request({ () throws(RedisError) in try self.worker.work.takeOver(atMost: capacity, isAlone: isAlone) }
      )
    else { return [] }
    if found.items.isEmpty, found.suspects, !isAlone {
      return worker.waitForCapacity(whole: true) > 0 ? takeOver(capacity) : []
    }
    guard let first = found.items.first else { return [] }
    // There may be more: the next call claims again.
    claimAt = 0
    isSuspectOut = first.deliveries >= worker.work.aloneFrom && !first.isGivenUp
    return worker.lease(found.items).reversed()
  }

  /// Calls `body` until it succeeds or the worker stops; recreates the groups if they were deleted.
  private func request<Value>(_ body: () throws(RedisError) -> Value) -> Value? {
    if isSuspectOut {
      guard worker.waitForCapacity(whole: true) > 0 else { return nil }
      isSuspectOut = false
    }
    return worker.work.queue.retry(while: !self.worker.isStopping) { () throws(RedisError) in
      do throws(RedisError) { return try body() } catch {
        guard error.code == "NOGROUP" else { throw error }
        guard try self.worker.work.queue.plan() == self.worker.work.plan else {
          throw RedisError(description: "\(self.worker.work.queue.label): the queue was deleted or replaced")
        }
        try self.worker.work.queue.makeGroups(self.worker.work.plan)
        return try body()
      }
    }
  }
}
