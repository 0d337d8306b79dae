import XCTest

@testable import Platform
@testable import imgrec

final class RawArgumentsTests: XCTestCase {
  func testRawArguments() {
    let odd: [UInt8] = [0x61, 0xff]
    let other: [UInt8] = [0x61, 0xfe]
    let raw = RawArguments([Array("imgrec".utf8), odd, other, Array("--files-from=".utf8) + odd])
    let text = String(decoding: odd, as: UTF8.self)
    XCTAssertEqual(raw.paths([text, "plain", text]).map(\.bytes), [odd, Array("plain".utf8), other])
    XCTAssertEqual(raw.path("--files-from=\(text)").bytes, Array("--files-from=".utf8) + odd)
    XCTAssertEqual(raw.path("x\u{fffd}y").bytes, Array("x\u{fffd}y".utf8))
    XCTAssertEqual(RawArguments().path("x"), RawPath("x"))
  }
}
