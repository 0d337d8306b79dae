import Platform
import XCTest

@testable import Report

final class PageLinksTests: XCTestCase {
  func testEveryByteOfANameIsEncoded() {
    XCTAssertEqual(PageLinks.encoded("a b#?%.jpg".utf8), "a%20b%23%3F%25.jpg")
    XCTAssertEqual(PageLinks.encoded("javascript:alert(1)".utf8), "javascript%3Aalert%281%29")
    XCTAssertEqual(PageLinks.encoded([0xff, 0x0a, 0x22, 0x3c]), "%FF%0A%22%3C")
    XCTAssertEqual(PageLinks.encoded("é".utf8), "%C3%A9")
  }

  func testFoldersAreRelativeToThePage() {
    var links = PageLinks(page: RawPath("/nowhere/reports/2024/page.html"), root: RawPath("/nowhere/photos"))
    XCTAssertEqual(links.folder(of: RawPath("a.jpg")), "../../photos/")
    XCTAssertEqual(links.folder(of: RawPath("x y/b.jpg")), "../../photos/x%20y/")
    XCTAssertEqual(links.folder(of: RawPath("/nowhere/reports/2024/c.jpg")), "./")
    XCTAssertEqual(links.folder(of: RawPath("/other/c.jpg")), "../../../other/")
    XCTAssertEqual(links.folder(of: RawPath("../reports/2024/sub/c.jpg")), "./sub/")
  }
}
