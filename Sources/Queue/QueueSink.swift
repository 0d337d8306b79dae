import Foundation
import Recognition

/// Writes records into the queue, and only then lets their items go.
///
/// Small records come fast: they wait for each other up to a fiftieth of a second, unless nothing else is in hand.
final class QueueSink: Sink {
  private let worker: QueueWorker
  private let letter: Batch
  private let timer: any DispatchSourceTimer

  private static let pause = 20
  private static let most = 256
  private static let maxBytes = 4 << 20

  /// The records that are to be sent next.
  private final class Batch: @unchecked Sendable {  // touched under `lock`, which is held while it is sent
    let lock = NSLock()
    var batch: [(index: Int, held: LeasedItem, record: [UInt8], isFailure: Bool)] = []
    var bytes = 0
    var isLost = false

    /// Precondition: `lock` is held.
    func send(_ worker: QueueWorker) {
      guard !batch.isEmpty, !isLost else { return }
      isLost = !worker.finish(batch)
      batch.removeAll(keepingCapacity: true)
      bytes = 0
    }
  }

  init(_ worker: QueueWorker) {
    self.worker = worker
    let letter = Batch()
    self.letter = letter
    timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "imgrec.queue.sink"))
    timer.schedule(deadline: .now(), repeating: .milliseconds(Self.pause))
    timer.setEventHandler { letter.lock.withLock { letter.send(worker) } }
    timer.activate()
  }

  deinit { timer.cancel() }

  func write(_ outcome: Outcome) throws(SinkError) {
    guard let held = worker.item(outcome.index) else { return }
    let record = worker.record(outcome)
    let isLost = letter.lock.withLock {
      letter.batch.append((outcome.index, held, record, outcome.failure != nil))
      letter.bytes += record.count
      if letter.batch.count >= Self.most || letter.bytes > Self.maxBytes { letter.send(worker) }
      return letter.isLost
    }
    if isLost { throw lost }
  }

  func flush() throws(SinkError) {
    let isLost = letter.lock.withLock {
      if letter.batch.count == worker.inFlight { letter.send(worker) }
      return letter.isLost
    }
    if isLost { throw lost }
  }

  func finish() throws(SinkError) {
    timer.cancel()
    let isLost = letter.lock.withLock {
      letter.send(worker)
      return letter.isLost
    }
    if isLost { throw lost }
  }

  private var lost: SinkError { .failed("the queue is away; others will do what was not written") }
}
