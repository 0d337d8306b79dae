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

/// What a queue promises, on every kind of Redis.
final class QueueTests: QueueTestCase {
  private func check(_ url: String, shards: Int) throws {
    let (queue, plan) = try open(url, shards: shards)
    let items = (0..<2000).map { item($0) }
    XCTAssertTrue(submit(items, queue, plan) == (2000, 0))
    XCTAssertTrue(submit(Array(items.prefix(300)), queue, plan) == (0, 300), "what is there is not submitted twice")
    let group = DispatchGroup()
    for _ in 0..<3 {
      beside(group) { try self.work(queue, plan) }
    }
    let records = try collect(queue, plan)
    group.wait()
    XCTAssertEqual(names(records), items.map { $0.path.description }.sorted())
    let status = try queue.status(plan)
    XCTAssertEqual(
      [
        status.load.submitted, status.load.finished, status.load.collected, status.load.waiting, status.load.done,
        status.workers.count,
      ],
      [2000, 2000, 2000, 0, 0, 0])
    XCTAssertEqual(try queue.inQueue(plan), 0, "nothing stays")
    try queue.purge(plan)
    XCTAssertNil(try queue.plan())
  }

  func testEachItemHasOneRecordAlone() throws {
    let server = try RedisServer()
    try check("redis://\(server.address)/photos", shards: 1)
    try check("redis://\(server.address)/2/photos", shards: 3)
    XCTAssertEqual(try server.cli("dbsize"), "0")
  }

  func testEachItemHasOneRecordInAClusterThatLosesAMaster() throws {
    let cluster = try RedisCluster()
    let url = cluster.url + "/photos"
    try check(url, shards: 16)
    let (queue, plan) = try open(url, shards: 16)
    let items = (0..<1500).map { item($0) }
    XCTAssertEqual(submit(items, queue, plan).added, 1500)
    // Some of it is done, then a master is gone, and the rest goes through its replica.
    let first = QueueConsumer(queue, plan, consumer: "first", lease: 2, maxDeliveries: 5)
    let taken = try first.take(500)
    _ = try first.finish(taken.map { ($0, $0.item.path.bytes, false) })
    let group = DispatchGroup()
    let collected = Collected()
    beside(group) { try self.collect(queue, plan, into: collected) }
    try waitUntil("the first records are collected") { !collected.all.isEmpty }
    cluster.nodes[0].kill()
    XCTAssertLessThanOrEqual(collected.all.count, 500)
    try work(queue, plan, lease: 2)
    group.wait()
    XCTAssertEqual(names(collected.all), items.map { $0.path.description }.sorted())
  }

  func testEachItemHasOneRecordThroughAFailoverOfSentinels() throws {
    let set = try RedisSentinels()
    let (queue, plan) = try open(set.url + "/photos?timeout=0.5")
    let items = (0..<1000).map { item($0) }
    XCTAssertEqual(submit(items, queue, plan).added, 1000)
    let first = QueueConsumer(queue, plan, consumer: "first", lease: 2, maxDeliveries: 5)
    _ = try first.finish(try first.take(300).map { ($0, $0.item.path.bytes, false) })
    let group = DispatchGroup()
    let collected = Collected()
    beside(group) { try self.collect(queue, plan, into: collected) }
    try waitUntil("the first records are collected") { !collected.all.isEmpty }
    set.master.kill()
    XCTAssertLessThanOrEqual(collected.all.count, 300)
    try work(queue, plan, lease: 2)
    group.wait()
    XCTAssertEqual(names(collected.all), items.map { $0.path.description }.sorted())
  }

  func testARecordThatCameAlongIsTheOnlyOne() throws {
    let server = try RedisServer()
    let (queue, plan) = try open("redis://\(server.address)/photos", shards: 3)
    XCTAssertEqual(submit((0..<100).map { item($0) }, queue, plan).added, 100)
    let submission = QueueProducer(queue, plan: plan, maxPending: 1_000_000) { true }
    // Half of them are waited for already; the others are done at once, also those that are said twice.
    for n in Array(50..<150) + Array(140..<150) {
      XCTAssertTrue(submission.add(item(n), record: Array("\(n).jpg".utf8)))
    }
    XCTAssertTrue(submission.end())
    XCTAssertEqual([submission.added, submission.answered, submission.known], [50, 50, 60])
    XCTAssertEqual(try queue.status(plan).load.waiting, 100)
    XCTAssertEqual(submit((100..<150).map { item($0) }, queue, plan).known, 50, "done, and not collected")
    try work(queue, plan)
    XCTAssertEqual(names(try collect(queue, plan)), (0..<150).map { "\($0).jpg" }.sorted())
    let status = try queue.status(plan)
    XCTAssertEqual([status.load.submitted, status.load.finished, status.load.collected], [150, 150, 150])
    XCTAssertEqual(try queue.inQueue(plan), 0)
  }

  func testAFullRedisIsWorkedOff() throws {
    let server = try RedisServer()
    let (queue, plan) = try open("redis://\(server.address)/photos", inline: 1 << 20)
    let bytes = [UInt8](repeating: 7, count: 100_000)
    XCTAssertEqual(submit((0..<50).map { item($0, .bytes(bytes)) }, queue, plan).added, 50)
    try server.cli("config", "set", "maxmemory", "3mb")
    let more = item(99)
    XCTAssertThrowsError(
      try queue.run(
        .submit,
        [(queue.keys(0, "todo", "done", "known", "counts"), [more.id, [], utf8("\(more.fields.count)")] + more.fields)])
    )
    try work(queue, plan)
    XCTAssertEqual(try collect(queue, plan).count, 50)
    XCTAssertEqual(submit([more], queue, plan).added, 1)
  }

  func testWhatALostWorkerHeldIsTakenOver() throws {
    let server = try RedisServer()
    let (queue, plan) = try open("redis://\(server.address)/photos")
    _ = submit((0..<100).map { item($0) }, queue, plan)
    let lost = QueueConsumer(queue, plan, consumer: "lost", lease: 60, maxDeliveries: 5)
    let taken = try lost.take(40)
    XCTAssertEqual(taken.count, 40)
    let other = QueueConsumer(queue, plan, consumer: "other", lease: 60, maxDeliveries: 5)
    XCTAssertEqual(try other.takeOver(atMost: 100, isAlone: true).items.count, 0, "the lease holds")
    try age(queue, plan, by: 61)
    try lost.renew(Array(taken.prefix(10)))
    XCTAssertEqual(
      try other.takeOver(atMost: 100, isAlone: true).items.map(\.deliveries), Array(repeating: 2, count: 30))
    // The lost one comes back with its records: each is written once.
    XCTAssertEqual(try lost.finish(taken.map { ($0, $0.item.path.bytes, false) }), 40)
    XCTAssertEqual(try other.finish(taken.map { ($0, $0.item.path.bytes, false) }), 0)
    try work(queue, plan)
    XCTAssertEqual(try collect(queue, plan).count, 100)
  }

  func testAnItemThatTakesItsWorkersAlongIsGivenUp() throws {
    let server = try RedisServer()
    let (queue, plan) = try open("redis://\(server.address)/photos")
    _ = submit((0..<20).map { item($0) }, queue, plan)
    // Each worker is lost as soon as it works on number 7; it had others in hand.
    var deliveries = 0
    var isFirst = true
    while deliveries < 5 {
      let worker = QueueConsumer(queue, plan, consumer: UUID().uuidString, lease: 60, maxDeliveries: 4)
      try age(queue, plan, by: 61)
      var taken = try worker.takeOver(atMost: 100, isAlone: true).items
      if isFirst { taken += try worker.take(100) }
      isFirst = false
      if taken.contains(where: { $0.item.path.description == "7.jpg" && !$0.isGivenUp }) {
        deliveries += 1
        continue
      }
      XCTAssertTrue(taken.allSatisfy { $0.deliveries <= 3 || $0.isGivenUp }, "the others are no suspects for long")
      _ = try worker.finish(taken.filter { !$0.isGivenUp }.map { ($0, $0.item.path.bytes, false) })
      if taken.contains(where: \.isGivenUp) { break }
    }
    XCTAssertEqual(deliveries, 4)
    try age(queue, plan, by: 61)
    try work(queue, plan, maxDeliveries: 4)
    let records = try collect(queue, plan)
    XCTAssertEqual(records.count, 20)
    XCTAssertEqual(records.filter(\.isFailure).map { String(decoding: $0.json, as: UTF8.self) }, ["7.jpg"])
    XCTAssertEqual(try queue.status(plan).load.dead, 1)
    XCTAssertTrue(try queue.retry(plan) == (1, 0))
    try work(queue, plan)
    XCTAssertEqual(try collect(queue, plan).map(\.isFailure), [false])
    XCTAssertEqual(try queue.status(plan).load.dead, 0)
  }

  func testWhatWasNotBegunGoesBackAtOnce() throws {
    let server = try RedisServer()
    let (queue, plan) = try open("redis://\(server.address)/photos")
    _ = submit((0..<10).map { item($0) }, queue, plan)
    let first = QueueConsumer(queue, plan, consumer: "first", lease: 60, maxDeliveries: 5)
    try first.release(try first.take(10))
    let second = QueueConsumer(queue, plan, consumer: "second", lease: 60, maxDeliveries: 5)
    XCTAssertEqual(
      try second.takeOver(atMost: 100, isAlone: true).items.map(\.deliveries), Array(repeating: 1, count: 10))
  }

  func testARestartWithAOFLosesNothing() throws {
    let server = try RedisServer(["--appendonly", "yes", "--appendfsync", "always"])
    let messages = Messages()
    let (queue, plan) = try open(
      "redis://\(server.address)/photos", shards: 2, logger: Logger(label: "test") { _ in messages.handler })
    let items = (0..<1000).map { item($0) }
    _ = submit(items, queue, plan)
    let first = QueueConsumer(queue, plan, consumer: "first", lease: 1, maxDeliveries: 5)
    _ = try first.finish(try first.take(300).map { ($0, $0.item.path.bytes, false) })
    _ = try first.take(100)
    let group = DispatchGroup()
    let collected = Collected()
    beside(group) { try self.collect(queue, plan, into: collected) }
    // The worker stops in the middle until Redis is gone.
    let (stops, resumes) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    beside(group) {
      try self.work(queue, plan, lease: 1) { count in
        guard count == 200 else { return }
        stops.signal()
        resumes.wait()
      }
    }
    stops.wait()
    try waitUntil("the first records are collected") { !collected.all.isEmpty }
    server.kill()
    XCTAssertLessThanOrEqual(collected.all.count, 500)
    resumes.signal()
    try waitUntil("the loss is noticed") { messages.contains("waiting for it") }
    try server.start()
    group.wait()
    XCTAssertTrue(messages.contains("available again"))
    XCTAssertEqual(names(collected.all), items.map { $0.path.description }.sorted())
  }

  func testItemsComeOutAsTheyWentIn() throws {
    let server = try RedisServer()
    let (queue, plan) = try open("redis://\(server.address)/photos", inline: 100)
    let odd = RawPath([0x2f, 0xff, 0x0a, 0x20])
    var claimed = item(2)
    let stamp = FileStamp(device: 7, inode: 1 << 63, size: 9, modified: -1, changed: 1_700_000_000_123_456_789)
    claimed.hint = DigestHint(digest: (0..<32).map { 250 &+ $0 }, stamp: stamp)
    _ = submit(
      [
        QueueItem(path: odd, base: RawPath("/x"), content: .bytes([0, 1, 255])),
        item(1, .fault(Failure(.walk, .permissionDenied, "no right to it"))), claimed,
      ], queue, plan)
    let taken = try QueueConsumer(queue, plan, consumer: "c", lease: 9, maxDeliveries: 2).take(9).map(\.item)
    XCTAssertEqual(taken.map(\.path), [odd, RawPath("1.jpg"), RawPath("2.jpg")])
    XCTAssertEqual(taken.map(\.absolute), [odd, RawPath("/photos/1.jpg"), RawPath("/photos/2.jpg")])
    XCTAssertNil(taken[0].hint)
    XCTAssertEqual(taken[2].hint?.digest, claimed.hint?.digest)
    XCTAssertTrue(taken[2].hint?.stamp?.isSameFile(as: stamp) ?? false)
    guard case .bytes([0, 1, 255]) = taken[0].content, case .fault(let failure) = taken[1].content else {
      return XCTFail("\(taken)")
    }
    XCTAssertEqual(failure, Failure(.walk, .permissionDenied, "no right to it"))
  }

  func testOneCollectsAtATimeAndAnotherPlanIsRefused() throws {
    let server = try RedisServer()
    let (queue, plan) = try open("redis://\(server.address)/photos")
    _ = submit([item(1)], queue, plan)
    let (one, other) = (ResultCollector(queue, plan: plan), ResultCollector(queue, plan: plan))
    guard case .records = try one.next(), case .taken = try other.next() else { return XCTFail("both collect") }
    one.end()
    guard case .records = try other.next() else { return XCTFail("nobody collects") }
    XCTAssertThrowsError(try queue.create(.init(arguments: ["--top", "2"], shards: 1, inline: 0)))
    XCTAssertThrowsError(try queue.create(.init(arguments: ["--top", "1"], shards: 1, inline: 9)))
  }

  func testACollectorThatGoesOnSkipsWhatWasWritten() throws {
    let server = try RedisServer()
    let (queue, plan) = try open("redis://\(server.address)/photos")
    _ = submit((0..<1500).map { item($0) }, queue, plan)
    try work(queue, plan)
    // Killed when it had written these, before it could say so.
    let killed = ResultCollector(queue, plan: plan)
    guard case .records(let written) = try killed.next() else { return XCTFail("nothing to collect") }
    XCTAssertEqual(written.count, killed.maxRecords)
    killed.end()
    let other = ResultCollector(queue, plan: plan)
    for record in written { other.remember(line: record.json) }
    var rest: [ResultCollector.Record] = []
    while case .records(let more) = try other.next() { rest += more }
    XCTAssertEqual(names(written + rest), (0..<1500).map { "\($0).jpg" }.sorted())
  }

  func testARootKeepsItsFilesIn() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("imgrec-root-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("in"), withIntermediateDirectories: true)
    for name in ["in/a.jpg", "secret.jpg"] { try Data([1]).write(to: folder.appendingPathComponent(name)) }
    try FileManager.default.createSymbolicLink(
      at: folder.appendingPathComponent("in/link.jpg"), withDestinationURL: folder.appendingPathComponent("secret.jpg"))
    let root = try PathSandbox(folder.appendingPathComponent("in").path)
    func code(_ path: String) -> Failure.Code? {
      do throws(Failure) {
        _ = try root.resolve(QueueItem(path: RawPath(path), base: nil, content: .file))
        return nil
      } catch { return error.code }
    }
    XCTAssertNil(code("a.jpg"))
    XCTAssertNil(code(folder.appendingPathComponent("in/a.jpg").path))
    for path in [
      "../secret.jpg", "link.jpg", "/etc/passwd", "../nothing", folder.appendingPathComponent("secret.jpg").path,
    ] {
      XCTAssertEqual(code(path), .outsideRoot, path)
    }
    XCTAssertEqual(code("b.jpg"), .notFound)
    XCTAssertThrowsError(try PathSandbox(folder.appendingPathComponent("none").path))
  }
}

/// The messages of a logger.
private final class Messages: Sendable {
  private let lines = Mutex<[String]>([])

  func contains(_ text: String) -> Bool { lines.withLock { $0.contains { $0.contains(text) } } }

  var handler: Handler { Handler(messages: self) }

  struct Handler: LogHandler {
    let messages: Messages
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { messages.lines.withLock { $0.append("\(event.message)") } }
  }
}
