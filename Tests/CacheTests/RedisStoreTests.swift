import RedisTestSupport
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
    func keeps(_ number: Int, within seconds: Double) -> Bool {
      var batch = StoreBatch()
      batch.answers.append((StoreFixtures.key(number), StoreFixtures.value(number)))
      let deadline = Date(timeIntervalSinceNow: seconds)
      // After a fault the store sends nothing for up to ten seconds, and reports no error meanwhile.
      repeat {
        store.put(batch)
        if store.answers(to: [StoreFixtures.key(number)]) == [StoreFixtures.value(number)] { return true }
        usleep(100_000)
      } while Date() < deadline
      return false
    }
    XCTAssertTrue(keeps(1, within: 10))
    set.master.kill()
    XCTAssertTrue(keeps(2, within: 60))
    XCTAssertGreaterThan(store.faults, 0)
    XCTAssertTrue(try set.replica.cli("role").hasPrefix("master"))
    // The old master comes back as a replica, which takes no writes.
    try set.master.start()
    XCTAssertTrue(keeps(3, within: 60))
  }
}
