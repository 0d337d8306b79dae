import XCTest

@testable import Inputs
@testable import Platform

final class PathListTests: XCTestCase {
  private func list(_ bytes: [UInt8], _ separator: PathList.Separator) throws -> [String] {
    let tree = try TemporaryTree()
    try Data(bytes).write(to: URL(fileURLWithPath: tree.path("list")))
    let list = try PathList(path: RawPath(tree.path("list")), separator: separator)
    var found: [String] = []
    while let entry = list.next() {
      switch entry {
      case .path(let path): found.append(path.description)
      case .fault(let path, let failure): found.append("\(path.bytes.count)!\(failure.code.rawValue)")
      }
    }
    XCTAssertNil(list.next())
    return found
  }

  func testPathLists() throws {
    XCTAssertEqual(try list(Array("a\n\nb c\r\n\r\nlast".utf8), .newline), ["a", "b c", "last"])
    XCTAssertEqual(try list(Array("a\nb\0\0c\r\0".utf8), .nul), ["a\nb", "c\r"])
    XCTAssertEqual(try list([], .newline), [])
    XCTAssertEqual(try list(Array("\n\n".utf8), .newline), [])
    let long = String(repeating: "x", count: 300_000)
    XCTAssertEqual(
      try list(Array("a\n\(long)\nb\n\(long)".utf8), .newline), ["a", "256!name_too_long", "b", "256!name_too_long"])
    XCTAssertEqual(try list(Array("a\0b\n".utf8), .newline), ["3!not_found"])
    let most = String(repeating: "x", count: PathList.maxLength)
    XCTAssertEqual(try list(Array("\(most)\n".utf8), .newline), [most])
    let many = (0..<20_000).map { "some/path/\($0).jpg" }
    XCTAssertEqual(try list(Array(many.joined(separator: "\n").utf8), .newline), many)
  }

  func testPathsOfAPipeComeAsTheyAreWritten() throws {
    var ends: [Int32] = [0, 0]
    XCTAssertEqual(pipe(&ends), 0)
    let tree = try TemporaryTree()
    try tree.file("s/1.jpg")
    try tree.file("s/2.jpg")
    let walk = DirectoryWalk([.list(PathList(descriptor: ends[0])), .path(RawPath("missing"))], sniff: sniffTest)
    let line = "\(tree.root)/s\n"
    XCTAssertEqual(write(ends[1], line, line.utf8.count), line.utf8.count)
    XCTAssertEqual(walk.next()?.path.description, "\(tree.root)/s/1.jpg")
    XCTAssertEqual(walk.next()?.index, 1)
    close(ends[1])
    XCTAssertEqual(walk.next()?.path.description, "missing")
    XCTAssertNil(walk.next())
    close(ends[0])
    XCTAssertThrowsError(try PathList(path: RawPath("/nonexistent")))
  }

  func testAListThatCannotBeReadIsAFault() throws {
    let tree = try TemporaryTree()
    let list = try PathList(path: RawPath(tree.root))
    XCTAssertEqual(tree.relative(collect(DirectoryWalk([.list(list)], sniff: sniffTest))), ["\(tree.root)!not_a_file"])
  }
}
