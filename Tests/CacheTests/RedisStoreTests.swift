import RedisTestSupport
import TestSupport
import XCTest

@testable import Cache
@testable import Recognition

final class RedisStoreTests: XCTestCase {
  func testResultsExpireAfterTheURLsTTL() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    let fixtures = try StoreFixtures()
    let server = try RedisServer()
    try fixtures.redis("redis://\(server.address)/0?ttl=1h").put(StoreFixtures.batch(3))
    XCTAssertGreaterThan(Int(try server.cli("ttl", try server.cli("randomkey"))) ?? 0, 3500)
  }

  func testAnElectionIsLivedThrough() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    let fixtures = try StoreFixtures()
    let set = try RedisSentinels()
    defer { withExtendedLifetime(set) {} }
    let store = try fixtures.redis(set.url + "?timeout=0.5")
    func waitUntilKept(_ number: Int) throws {
      var batch = StoreBatch()
      batch.answers.append((StoreFixtures.key(number), StoreFixtures.value(number)))
      // After a fault the store sends nothing for up to ten seconds, and reports no error meanwhile.
      try waitUntil("answer \(number) is kept") {
        store.put(batch)
        return store.answers(to: [StoreFixtures.key(number)]) == [StoreFixtures.value(number)]
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
}
