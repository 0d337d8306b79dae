import XCTest

@testable import Redis

final class RedisSlotTests: XCTestCase {
  /// The example of Redis' cluster specification.
  func testSlots() {
    XCTAssertEqual(RedisSlot.of(Array("123456789".utf8)), 0x31c3)
    XCTAssertEqual(RedisSlot.of(Array("a{123456789}b".utf8)), 0x31c3)
    XCTAssertNotEqual(
      RedisSlot.of(Array("{}a".utf8)), RedisSlot.of(Array("{}b".utf8)), "no hash tag between the braces")
  }
}
