import XCTest

@testable import Recognition
@testable import Records

final class CachedAnswerTests: XCTestCase {
  func testOnlyAnswersOfThisProgramAreRead() {
    XCTAssertEqual(CachedAnswer(StoreFixtures.value(4))?.size, PixelSize(width: 4, height: 2))
    for bad in [
      "", "{}", "{\"findings\":[}", "{\"findings\":[] }", "{\"findings\":{}}", "{\"findings\":[\"\n\"]}", "[]",
    ] {
      XCTAssertNil(CachedAnswer(Array(bad.utf8)), bad)
    }
  }
}
