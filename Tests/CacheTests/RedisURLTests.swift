import XCTest

@testable import Redis

final class RedisURLTests: XCTestCase {
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
  }

  func testErrorsDoNotQuoteThePassword() {
    for bad in ["rediss://h", "redis://", "redis://u:secret@h:x", "redis://a,b", "redis://h/x", "redis://h?ttl=no"] {
      XCTAssertThrowsError(try RedisURL(bad, environment: [:]), bad) { XCTAssertFalse("\($0)".contains("secret")) }
    }
  }
}
