import XCTest

@testable import Pipeline
@testable import Platform
@testable import Recognition

final class OutputNamesTests: XCTestCase {
  private func names(_ roots: String..., kind: String? = nil) -> OutputNames {
    OutputNames(
      target: .folder(RawPath("out")), kind: kind.flatMap { .init(rawValue: $0) }, roots: roots.map { RawPath($0) })
  }

  private func output(_ names: OutputNames, _ path: String) -> String? {
    names.output(for: RawPath(path)).path?.description
  }

  func testTreesAreKeptBelowTheirRoots() {
    let names = names("photos/", "one/b.jpg", ".")
    XCTAssertEqual(output(names, "photos/2024/a.jpg"), "out/2024/a.jpg")
    XCTAssertEqual(output(names, "one/b.jpg"), "out/b.jpg")
    XCTAssertEqual(output(names, "./sub/c.png"), "out/sub/c.png")
    XCTAssertEqual(output(names, "photos/../../x.webp"), "out/x.webp", "nothing leads out of the folder")
  }

  func testEndings() {
    XCTAssertEqual(output(names("p"), "p/a.tif"), "out/a.png")
    XCTAssertEqual(output(names("p"), "p/noextension"), "out/noextension.png")
    XCTAssertEqual(output(names("p"), "p/v1.2"), "out/v1.2.png")
    XCTAssertEqual(output(names("p", kind: "jpeg"), "p/a.png"), "out/a.jpg")
    XCTAssertEqual(output(names("p", kind: "jpeg"), "p/a.jpeg"), "out/a.jpeg")
  }
}
