import XCTest

@testable import Recognition
@testable import Records

final class CachedAnswerTests: XCTestCase {
  func testOnlyAnswersOfThisProgramAreRead() {
    XCTAssertEqual(CachedAnswer(StoreFixtures.value(4))?.size, PixelSize(width: 4, height: 2))
    for bad in [
      "{\"width\":-3,\"height\":2,\"findings\":[]}", "{\"width\":3,\"height\":-1,\"findings\":[]}",
      "{\"width\":999999999999,\"height\":999999999999,\"findings\":[]}",
      "{\"width\":03,\"height\":2,\"findings\":[]}", "{\"findings\":[{\"score\":00.78}]}", "", "{}", "{\"findings\":[}",
      "{\"findings\":[] }", "{\"findings\":{}}", "{\"findings\":[\"\n\"]}", "[]",
    ] {
      XCTAssertNil(CachedAnswer(Array(bad.utf8)), bad)
    }
  }
}
