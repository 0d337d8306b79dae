import Recognition

/// Writes records into the queue, and only then lets their items go.
final class QueueSink: Sink {
  private let worker: QueueWorker
  private var batch: [(index: Int, held: HeldItem, record: [UInt8], isFailure: Bool)] = []
  private var bytes = 0

  init(_ worker: QueueWorker) { self.worker = worker }

  func write(_ outcome: Outcome) throws(SinkError) {
    guard let held = worker.item(outcome.index) else { return }
    let record = worker.record(outcome)
    batch.append((outcome.index, held, record, outcome.failure != nil))
    bytes += record.count
    if batch.count >= 128 || bytes > 4 << 20 { try flush() }
  }

  func flush() throws(SinkError) {
    guard !batch.isEmpty else { return }
    guard worker.finish(batch) else { throw .failed("the queue is away; others will do what was not written") }
    batch.removeAll(keepingCapacity: true)
    bytes = 0
  }

  func finish() throws(SinkError) { try flush() }
}
