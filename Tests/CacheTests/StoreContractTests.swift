import Foundation
import Logging
import RedisTestSupport
import TestSupport
import XCTest

@testable import Cache
@testable import Recognition
@testable import Records
@testable import Redis

/// What every store promises, on every store.
final class StoreContract: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("imgrec-stores-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  static func key(_ n: Int, query: UInt8 = 1) -> AnswerKey {
    var image = [UInt8](repeating: 7, count: 32)
    for byte in 0..<8 { image[byte] = UInt8(truncatingIfNeeded: n >> (8 * byte)) }
    return AnswerKey(
      image: image, query: QueryKey(digest: Array(repeating: query, count: 32), text: "a question"))
  }

  static func value(_ n: Int) -> [UInt8] {
    Array(
      "{\"format\":\"jpeg\",\"width\":\(n),\"height\":2,\"findings\":[{\"label\":\"a\",\"id\":\(n),\"score\":0.5}]}"
        .utf8)
  }

  private func check(_ store: any ResultStore, file: StaticString = #filePath, line: UInt = #line) {
    var batch = StoreBatch()
    for n in 0..<2000 { batch.answers.append((Self.key(n), Self.value(n))) }
    batch.answers.append((Self.key(3, query: 2), Self.value(99)))
    XCTAssertEqual(store.answers(to: [Self.key(0)]), [nil], file: file, line: line)
    store.put(batch)
    let found = store.answers(to: (0..<2100).map { Self.key($0) })
    XCTAssertEqual(found, (0..<2100).map { $0 < 2000 ? Self.value($0) : nil }, file: file, line: line)
    XCTAssertEqual(store.answers(to: [Self.key(3, query: 2), Self.key(4, query: 2)]), [Self.value(99), nil])
    var again = StoreBatch()
    again.answers.append((Self.key(5), Self.value(55)))
    store.put(again)
    XCTAssertEqual(store.answers(to: [Self.key(5)]), [Self.value(55)], file: file, line: line)
    XCTAssertEqual(store.faults, 0, file: file, line: line)
  }

  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  private func sqlite(_ name: String = "a.sqlite") -> SQLiteStore {
    SQLiteStore(path: folder.appendingPathComponent(name).path, logger: logger)
  }

  private func redis(_ url: String) throws -> RedisStore {
    RedisStore(try RedisURL(url, environment: [:]), logger: logger)
  }

  func testSQLite() { check(sqlite()) }

  func testRedisAloneTieredAndInACluster() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    let server = try RedisServer()
    check(try redis("redis://\(server.address)"))
    try server.cli("flushall")
    check(TieredStore(near: sqlite(), far: try redis("redis://\(server.address)/0?ttl=1h")))
    XCTAssertGreaterThan(Int(try server.cli("ttl", try server.cli("randomkey"))) ?? 0, 3500)
    let cluster = try RedisCluster()
    try withExtendedLifetime(cluster) { check(try redis(cluster.url)) }
  }

  func testWhatIsFarIsKeptNear() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    let server = try RedisServer()
    let url = "redis://\(server.address)"
    var batch = StoreBatch()
    batch.answers.append((Self.key(1), Self.value(1)))
    batch.answers.append((Self.key(2), Array("nonsense".utf8)))
    try redis(url).put(batch)
    let near = sqlite()
    let tiers = TieredStore(near: near, far: try redis(url))
    XCTAssertEqual(tiers.answers(to: [Self.key(1), Self.key(2)]), [Self.value(1), nil])
    XCTAssertEqual(near.answers(to: [Self.key(1), Self.key(2)]), [Self.value(1), nil])
  }

  func testTheMasterThatSentinelsName() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    let set = try RedisSentinels()
    defer { withExtendedLifetime(set) {} }
    check(try redis(set.url + "?timeout=0.5"))
  }

  func testAnElectionIsLivedThrough() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    let set = try RedisSentinels()
    defer { withExtendedLifetime(set) {} }
    let store = try redis(set.url + "?timeout=0.5")
    func waitUntilKept(_ number: Int) throws {
      var batch = StoreBatch()
      batch.answers.append((Self.key(number), Self.value(number)))
      // A store that did not answer is not asked for up to ten seconds.
      try waitUntil("answer \(number) is kept") {
        store.put(batch)
        return store.answers(to: [Self.key(number)]) == [Self.value(number)]
      }
    }
    try waitUntilKept(1)
    set.master.kill()
    try waitUntilKept(2)
    XCTAssertGreaterThan(store.faults, 0)
    XCTAssertTrue(try set.replica.cli("role").hasPrefix("master"))
    // The old master comes back as a replica, which takes no writes.
    try set.master.start()
    try waitUntilKept(3)
  }

  func testStampsAreExact() {
    let store = sqlite()
    let stamp = FileStamp(device: 1, inode: .max, size: 3, modified: 4, changed: 5)
    let digest = [UInt8](repeating: 9, count: 32)
    var batch = StoreBatch()
    batch.stamps.append((stamp, digest))
    store.put(batch)
    XCTAssertEqual(store.digests(of: [stamp]), [digest])
    for field in [\FileStamp.size, \.modified, \.changed] {
      var other = stamp
      other[keyPath: field] += 1
      XCTAssertEqual(store.digests(of: [other]), [nil])
    }
    XCTAssertTrue(
      FileStamp(device: 0, inode: 0, size: 0, modified: 0, changed: 9_000_000_000).isRacy(readAt: 10_000_000_000))
    XCTAssertFalse(
      FileStamp(device: 0, inode: 0, size: 0, modified: 0, changed: 7_000_000_000).isRacy(readAt: 10_000_000_000))
  }

  func testAFileThatIsNoStoreIsLeftAlone() throws {
    let file = folder.appendingPathComponent("photo.jpg")
    try Data("precious".utf8).write(to: file)
    let store = SQLiteStore(path: file.path, logger: logger)
    XCTAssertEqual(store.answers(to: [Self.key(1)]), [nil])
    XCTAssertEqual(store.faults, 1)
    XCTAssertThrowsError(try SQLiteMaintenance.clear(file.path, evenDamaged: false))
    XCTAssertEqual(try Data(contentsOf: file), Data("precious".utf8))
  }

  func testPruneBySizeAndVerify() throws {
    let store = sqlite()
    check(store)
    store.close()
    let path = folder.appendingPathComponent("a.sqlite").path
    XCTAssertEqual(try SQLiteMaintenance.verify(path), [])
    XCTAssertEqual(try SQLiteMaintenance.stats(path).answers, 2001)
    XCTAssertEqual(try SQLiteMaintenance.prune(path, maxBytes: nil, maxAgeDays: 1), 0)
    XCTAssertGreaterThan(try SQLiteMaintenance.prune(path, maxBytes: 100_000, maxAgeDays: nil), 200)
    XCTAssertLessThan(try SQLiteMaintenance.stats(path).bytes, 100_000)
  }

  func testURLs() throws {
    let url = try RedisURL("redis://me:p%40ss@[::1]:7000/3?ttl=2d&timeout=0.2", environment: [:])
    XCTAssertEqual("\(url)", "redis://[::1]:7000")
    XCTAssertEqual([url.user, url.password], ["me", "p@ss"])
    XCTAssertEqual(url.database, 3)
    XCTAssertEqual(url.ttl, 172_800)
    let sentinel = try RedisURL("redis+sentinel://a,b:7/main", environment: ["IMGREC_REDIS_PASSWORD": "x"])
    XCTAssertEqual(sentinel.topology, .sentinel("main"))
    XCTAssertEqual(sentinel.addresses.map(\.port), [26379, 7])
    XCTAssertEqual(sentinel.password, "x")
    for bad in ["rediss://h", "redis://", "redis://u:secret@h:x", "redis://a,b", "redis://h/x", "redis://h?ttl=no"] {
      XCTAssertThrowsError(try RedisURL(bad, environment: [:]), bad) { XCTAssertFalse("\($0)".contains("secret")) }
    }
  }

  func testSlots() {
    XCTAssertEqual(RedisSlot.of(Array("123456789".utf8)), 0x31c3)
    XCTAssertEqual(RedisSlot.of(Array("a{123456789}b".utf8)), 0x31c3)
    XCTAssertEqual(RedisSlot.of(Array("{}".utf8)), RedisSlot.of(Array("{}".utf8)))
  }

  func testAnswersThatNobodyWroteAreRefused() {
    XCTAssertEqual(CachedAnswer(Self.value(4))?.size, PixelSize(width: 4, height: 2))
    for bad in [
      "", "{}", "{\"findings\":[}", "{\"findings\":[] }", "{\"findings\":{}}", "{\"findings\":[\"\n\"]}", "[]",
    ] {
      XCTAssertNil(CachedAnswer(Array(bad.utf8)), bad)
    }
  }
}
