import XCTest

@testable import Outputs
@testable import Platform
@testable import Recognition

final class OutputCollisionTests: XCTestCase {
  func testCollisionsAreFoundWithTheirInputs() throws {
    let list = ["p/a.jpg", "p/b.jpg", "p/a.png"]
    let found = try OutputCollision.find(
      { Listed(list) }, names: { [AnnotationFolder.name(of: $0, extension: "txt")] })
    XCTAssertEqual(found.map(\.output.description), ["p/a.txt"])
    XCTAssertEqual(found.first?.inputs.map(\.description), ["p/a.jpg", "p/a.png"])
    XCTAssertEqual(OutputCollision.message(found), "p/a.jpg and p/a.png would both become p/a.txt")
    XCTAssertTrue(try OutputCollision.find({ Listed(list) }, names: { [$0] }).isEmpty)
    XCTAssertNil(OutputCollision.message([]))
  }

  private final class Listed: Feed {
    private var left: [String]
    private var index = 0
    init(_ names: [String]) { left = names.reversed() }
    func next() -> Item? {
      guard let name = left.popLast() else { return nil }
      defer { index += 1 }
      return Item(index: index, path: RawPath(name))
    }
  }
}
