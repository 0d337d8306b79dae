import RedisTestSupport
import Testing

@testable import Cache
@testable import Recognition

/// The contract of `ResultStore`, run on every store.
@Suite(.serialized)
struct StoreContractTests {
  enum StoreUnderTest: CaseIterable {
    case sqlite, redis, tiered, cluster, sentinels

    static var available: [StoreUnderTest] { RedisServer.isInstalled ? allCases : [.sqlite] }
  }

  /// Calls `body` with an empty store.
  private func with(_ kind: StoreUnderTest, _ body: (any ResultStore) throws -> Void) throws {
    let fixtures = try StoreFixtures()
    switch kind {
    case .sqlite: try body(fixtures.sqlite())
    case .redis:
      let server = try RedisServer()
      try withExtendedLifetime(server) { try body(fixtures.redis("redis://\(server.address)")) }
    case .tiered:
      let server = try RedisServer()
      try withExtendedLifetime(server) {
        try body(TieredStore(near: fixtures.sqlite(), far: fixtures.redis("redis://\(server.address)")))
      }
    case .cluster:
      let cluster = try RedisCluster()
      try withExtendedLifetime(cluster) { try body(fixtures.redis(cluster.url)) }
    case .sentinels:
      let set = try RedisSentinels()
      try withExtendedLifetime(set) { try body(fixtures.redis(set.url + "?timeout=0.5")) }
    }
  }

  @Test("returns what was put, by image and query, and the latest value", arguments: StoreUnderTest.available)
  func answers(_ kind: StoreUnderTest) throws {
    try with(kind) { store in
      #expect(store.answers(to: [StoreFixtures.key(0)]) == [nil])
      #expect(store.answers(to: []) == [])
      var batch = StoreFixtures.batch(2000)
      batch.answers.append((StoreFixtures.key(3, query: 2), StoreFixtures.value(99)))
      store.put(batch)
      let found = store.answers(to: (0..<2100).map { StoreFixtures.key($0) })
      #expect(found == (0..<2100).map { $0 < 2000 ? StoreFixtures.value($0) : nil })
      #expect(
        store.answers(to: [StoreFixtures.key(3, query: 2), StoreFixtures.key(4, query: 2)])
          == [StoreFixtures.value(99), nil])
      var again = StoreBatch()
      again.answers.append((StoreFixtures.key(5), StoreFixtures.value(55)))
      store.put(again)
      #expect(store.answers(to: [StoreFixtures.key(5)]) == [StoreFixtures.value(55)])
      #expect(store.faults == 0)
      store.close()
    }
  }
}
