import Foundation
import Logging
import RedisTestSupport
import Synchronization
import TestSupport
import XCTest

@testable import Platform
@testable import Queue
@testable import Recognition
@testable import Redis

/// Opens a queue, fills it and works it off, for the tests of this target.
class QueueTestCase: XCTestCase {
  let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  override func setUpWithError() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
  }

  func open(_ url: String, shards: Int = 1, inline: Int = 0, logger: Logger? = nil) throws
    -> (RedisQueue, QueueManifest)
  {
    let queue = RedisQueue(try RedisURL(url, named: true, environment: [:]), logger: logger ?? self.logger)
    return (queue, try queue.create(.init(arguments: ["--top", "1"], shards: shards, inline: inline)))
  }

  func item(_ n: Int, _ content: QueueItem.Content = .file) -> QueueItem {
    QueueItem(path: RawPath("\(n).jpg"), base: RawPath("/photos"), content: content)
  }

  func submit(_ items: [QueueItem], _ queue: RedisQueue, _ plan: QueueManifest) -> (added: Int, known: Int) {
    let submission = QueueProducer(queue, plan: plan, maxPending: 1_000_000) { true }
    for item in items { XCTAssertTrue(submission.add(item)) }
    XCTAssertTrue(submission.end())
    return (submission.added, submission.known)
  }

  /// Works until the queue is empty, and takes no time for an item: the record is the path. `willWrite` gets the number
  /// of the records before.
  func work(
    _ queue: RedisQueue, _ plan: QueueManifest, lease: Double = 30, maxDeliveries: Int = 5,
    willWrite: (Int) -> Void = { _ in }
  ) throws {
    var options = QueueWorker.Options(consumer: UUID().uuidString, root: try PathSandbox(nil))
    options.lease = lease
    options.maxDeliveries = maxDeliveries
    options.endsWhenEmpty = true
    let worker = QueueWorker(queue, plan: plan, options: options, isStopped: { false }, encode: { $0.path.bytes })
    let (feed, sink) = (worker.feed, worker.sink)
    var count = 0
    while let item = feed.next() {
      willWrite(count)
      count += 1
      var outcome = Outcome(index: item.index, path: item.path, result: .success([]))
      if case .fault(let failure) = item.origin { outcome.result = .failure(failure) }
      try sink.write(outcome)
      try sink.flush()
    }
    try sink.finish()
    worker.end()
  }

  /// The records that a collector on another thread has received so far.
  final class Collected: Sendable {
    private let records = Mutex<[ResultCollector.Record]>([])

    var all: [ResultCollector.Record] { records.withLock { $0 } }
    func append(_ more: [ResultCollector.Record]) { records.withLock { $0 += more } }
  }

  struct CollectorFailure: Error { let step: String }

  /// Collects to the end, and appends the records to `collected` as they come.
  @discardableResult
  func collect(_ queue: RedisQueue, _ plan: QueueManifest, into collected: Collected = Collected()) throws
    -> [ResultCollector.Record]
  {
    let collection = ResultCollector(queue, plan: plan)
    defer { collection.end() }
    let end = ContinuousClock.now + .seconds(120)
    while ContinuousClock.now < end {
      let step = queue.retry(while: ContinuousClock.now < end) { () throws(RedisError) in try collection.next() }
      switch step {
      case .records(let more): collected.append(more)
      case .end: return collected.all
      case .taken: throw CollectorFailure(step: "another collector has the queue")
      case nil: throw CollectorFailure(step: "Redis is away")
      }
      // Leaves Redis to the workers for a moment.
      usleep(1000)
    }
    throw CollectorFailure(step: "not within 120 s: the end")
  }

  /// Sets the time without a heartbeat of all leased items, so that no test has to wait for it. Does not count as a
  /// delivery.
  func age(_ queue: RedisQueue, _ plan: QueueManifest, by seconds: Double) throws {
    for shard in 0..<plan.shards {
      let key = queue.key("todo", shard)
      let pending = try queue.send([
        RedisCommand([utf8("XPENDING"), key, RedisQueue.group, utf8("-"), utf8("+"), utf8("10000")], key: key)
      ])[0]
      for row in pending.array.map(\.array) {
        let (entry, consumer) = (try XCTUnwrap(row[0].data), try XCTUnwrap(row[1].data))
        let idle = utf8("\(Int(seconds * 1000))")
        _ = try queue.send([
          RedisCommand(
            [
              utf8("XCLAIM"), key, RedisQueue.group, consumer, utf8("0"), entry, utf8("IDLE"), idle, utf8("JUSTID"),
            ], key: key)
        ])
      }
    }
  }

  /// Does it on another thread, which the test awaits with the group.
  func beside(_ group: DispatchGroup, _ body: @escaping () throws -> Void) {
    let body = UncheckedBox(body)
    DispatchQueue.global().async(group: group) {
      do { try body.value() } catch { XCTFail("\(error)") }
    }
  }

  func names(_ records: [ResultCollector.Record]) -> [String] {
    records.map { String(decoding: $0.json, as: UTF8.self) }.sorted()
  }
}
