import Foundation
import Recognition

/// Writes records to the queue, and removes their items in the same step.
///
/// Small records come fast: they are collected in a batch for up to 20 ms, unless no other item is in flight.
final class QueueSink: Sink {
  private let worker: QueueWorker
  private let pending: Batch
  private let timer: any DispatchSourceTimer

  /// Milliseconds.
  private static let pause = 20
  private static let maxRecords = 256
  private static let maxBytes = 4 << 20

  /// Records to send next.
  private final class Batch: @unchecked Sendable {  // used under `lock`, which is held while it is sent
    let lock = NSLock()
    var records: [(index: Int, leased: LeasedItem, record: [UInt8], isFailure: Bool)] = []
    var bytes = 0
    var isLost = false

    /// Precondition: `lock` is held.
    func send(_ worker: QueueWorker) {
      guard !records.isEmpty, !isLost else { return }
      isLost = !worker.finish(records)
      records.removeAll(keepingCapacity: true)
      bytes = 0
    }
  }

  init(_ worker: QueueWorker) {
    self.worker = worker
    let pending = Batch()
    self.pending = pending
    timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "imgrec.queue.sink"))
    timer.schedule(deadline: .now(), repeating: .milliseconds(Self.pause))
    timer.setEventHandler { pending.lock.withLock { pending.send(worker) } }
    timer.activate()
  }

  deinit { timer.cancel() }

  func write(_ outcome: Outcome) throws(SinkError) {
    guard let leased = worker.item(outcome.index) else { return }
    let record = worker.record(outcome)
    let isLost = pending.lock.withLock {
      pending.records.append((outcome.index, leased, record, outcome.failure != nil))
      pending.bytes += record.count
      if pending.records.count >= Self.maxRecords || pending.bytes > Self.maxBytes { pending.send(worker) }
      return pending.isLost
    }
    if isLost { throw lost }
  }

  func flush() throws(SinkError) {
    let isLost = pending.lock.withLock {
      if pending.records.count == worker.inFlight { pending.send(worker) }
      return pending.isLost
    }
    if isLost { throw lost }
  }

  func finish() throws(SinkError) {
    timer.cancel()
    let isLost = pending.lock.withLock {
      pending.send(worker)
      return pending.isLost
    }
    if isLost { throw lost }
  }

  private var lost: SinkError {
    .failed("the queue is unreachable; other workers will process the items without a record")
  }
}
