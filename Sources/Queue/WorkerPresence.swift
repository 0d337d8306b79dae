import Foundation
import Platform
import Redis
import Synchronization

/// Keeps the announcement of a worker in Redis up to date, from the start of the process to its end.
///
/// A Redis that cannot be reached is no fault of it: the queue itself reports that.
public final class WorkerPresence: @unchecked Sendable {  // the timer is used by one thread, the rest by its queue
  private struct Current {
    var announcement: WorkerAnnouncement
    /// Returns the number of records that the worker was the first to write.
    var finished: @Sendable () -> Int = { 0 }
    var isReachable = false
  }

  private let queue: RedisQueue
  private let consumer: String
  private let isStopped: @Sendable () -> Bool
  private let current: Mutex<Current>
  private let timer: any DispatchSourceTimer
  private let work = DispatchQueue(label: "imgrec.queue.presence")

  /// Announces the worker at once. `consumer` is its unique name in the queue.
  public init(
    _ queue: RedisQueue, consumer: String, _ announcement: WorkerAnnouncement,
    isStopped: @escaping @Sendable () -> Bool
  ) {
    self.queue = queue
    self.consumer = consumer
    self.isStopped = isStopped
    current = Mutex(Current(announcement: announcement))
    timer = DispatchSource.makeTimerSource(queue: work)
    timer.schedule(deadline: .now(), repeating: RedisQueue.beat, leeway: .milliseconds(200))
    timer.setEventHandler { [weak self] in self?.beat() }
    timer.activate()
  }

  deinit { timer.cancel() }

  /// The worker takes items from now on; `finished` returns how many records it has written.
  public func run(finished: @escaping @Sendable () -> Int) {
    current.withLock {
      $0.announcement.state = .running
      $0.finished = finished
    }
    work.async { self.beat() }
  }

  /// Withdraws the announcement, unless the last one could not be sent.
  public func end() {
    timer.cancel()
    work.sync {
      guard current.withLock({ $0.isReachable }) else { return }
      try? queue.announce(consumer, nil)
    }
  }

  private func beat() {
    let announcement = current.withLock {
      $0.announcement.finished = $0.finished()
      if isStopped() { $0.announcement.state = .stopping }
      return $0.announcement
    }
    if announcement.state == .running {
      ServiceManager.current.status("\(announcement.finished) records written")
    }
    var isReachable = true
    do throws(RedisError) { try queue.announce(consumer, announcement) } catch { isReachable = false }
    current.withLock { $0.isReachable = isReachable }
  }
}
