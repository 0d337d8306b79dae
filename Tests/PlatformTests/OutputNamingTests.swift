import XCTest

@testable import Platform

final class OutputNamingTests: XCTestCase {
  private func relative(_ roots: [String], _ path: String) -> String {
    InputTree(roots: roots.map { RawPath($0) }).relative(RawPath(path)).description
  }

  func testTreesAreThoseBelowTheNamedFolders() {
    XCTAssertEqual(relative(["photos/"], "photos/2024/a.jpg"), "2024/a.jpg")
    XCTAssertEqual(relative(["/abs/photos"], "/abs/photos/2024/a.jpg"), "2024/a.jpg")
    XCTAssertEqual(relative(["one/b.jpg"], "one/b.jpg"), "b.jpg")
    XCTAssertEqual(relative(["."], "./sub/c.png"), "sub/c.png")
    XCTAssertEqual(relative(["a", "a/b"], "a/b/c.png"), "c.png", "the longest root counts")
    XCTAssertEqual(relative(["photos.zip"], "photos.zip/x/../y.png"), "x/y.png")
  }

  func testPathsOfListsNeverLeadOutAndStayApart() {
    let here = FileManager.default.currentDirectoryPath
    XCTAssertEqual(relative(["-"], "sub/c.png"), "sub/c.png")
    XCTAssertEqual(relative(["-"], "\(here)/sub/c.png"), "sub/c.png")
    let outside = ["/mnt/a/x.jpg", "/mnt/b/x.jpg", "../a/x.jpg", "../../a/x.jpg", "/x.jpg"].map { relative(["-"], $0) }
    XCTAssertEqual(Set(outside).count, outside.count, "\(outside)")
    for name in outside {
      XCTAssertEqual(name.split(separator: "/").count, 2, name)
      XCTAssertTrue(name.hasSuffix("/x.jpg") && !name.contains(".."), name)
    }
    XCTAssertTrue(outside[0].hasPrefix("a-"), outside[0])
  }

  func testTheStemIsCountedInBytes() {
    func stem(_ bytes: [UInt8]) -> [UInt8] { Array(RawPath(bytes).stem) }
    XCTAssertEqual(stem(Array("a.d/b.tar.gz".utf8)), Array("a.d/b.tar".utf8))
    XCTAssertEqual(stem(Array("d/a.\u{130}".utf8)), Array("d/a".utf8), "its lower case has three bytes")
    XCTAssertEqual(stem(Array("d/a.".utf8) + [0xff, 0xfe]), Array("d/a".utf8))
    for path in ["d.e/a", "d/.hidden", "d/a."] { XCTAssertEqual(stem(Array(path.utf8)), Array(path.utf8)) }
  }

  func testFoldersThatDoNotExistYetAreResolved() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("imgrec-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    try FileManager.default.createDirectory(
      at: root.appendingPathComponent("real"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: root.appendingPathComponent("link").path, withDestinationPath: "real")
    let real = try XCTUnwrap(RawPath(root.path).resolved).appending("real".utf8)
    func resolved(_ name: String) -> RawPath { RawPath("\(root.path)/\(name)").resolvedAsFarAsItExists }
    for name in ["real", "link", "link/", "link/.", "missing/../real", "missing/deeper/../../link/."] {
      XCTAssertEqual(resolved(name), real, name)
    }
    XCTAssertEqual(resolved("link/new/deeper"), real.appending("new/deeper".utf8))
    XCTAssertEqual(RawPath("/").resolvedAsFarAsItExists, RawPath("/"))
  }

  func testLongNamesAreCutAndStayApart() {
    let long = String(repeating: "k", count: 251)
    let names = ["d/\(long).jpg", "d/\(long)x.jpg", "\(long)/e.jpg"].map { RawPath($0).fittingFileSystems() }
    XCTAssertEqual(Set(names).count, 3)
    for name in names {
      for part in name.bytes.split(separator: UInt8(ascii: "/")) { XCTAssertLessThanOrEqual(part.count, 249) }
      XCTAssertEqual(name.fileExtension, "jpg")
    }
    let text = RawPath(String(repeating: "é", count: 130) + ".png").fittingFileSystems()
    XCTAssertTrue(text.isUTF8)
    XCTAssertLessThanOrEqual(text.bytes.count, 249)
    XCTAssertEqual(RawPath("a/b.png").fittingFileSystems(), RawPath("a/b.png"))
  }
}
