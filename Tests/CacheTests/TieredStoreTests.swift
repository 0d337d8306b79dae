import RedisTestSupport
import XCTest

@testable import Cache
@testable import Recognition

final class TieredStoreTests: XCTestCase {
  func testAnswersOfTheFarStoreAreCopiedToTheNearOne() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    let fixtures = try StoreFixtures()
    let server = try RedisServer()
    let url = "redis://\(server.address)"
    let keys = [StoreFixtures.key(1), StoreFixtures.key(2)]
    var batch = StoreBatch()
    batch.answers.append((keys[0], StoreFixtures.value(1)))
    batch.answers.append((keys[1], Array("nonsense".utf8)))
    try fixtures.redis(url).put(batch)
    let near = fixtures.sqlite()
    let tiers = TieredStore(near: near, far: try fixtures.redis(url))
    XCTAssertEqual(tiers.answers(to: keys), [StoreFixtures.value(1), nil])
    XCTAssertEqual(near.answers(to: keys), [StoreFixtures.value(1), nil])
  }
}
