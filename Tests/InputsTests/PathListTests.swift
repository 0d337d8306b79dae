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

  func testEncodings() throws {
    let text = "in/a.jpg\r\nin/ü漢😀.jpg\n\nlast"
    let paths = ["in/a.jpg", "in/ü漢😀.jpg", "last"]
    let units = Array(text.utf16)
    let little = units.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
    let big = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
    XCTAssertEqual(try list([0xef, 0xbb, 0xbf] + Array(text.utf8), .newline), paths)
    XCTAssertEqual(try list([0xff, 0xfe] + little, .newline), paths)
    XCTAssertEqual(try list([0xfe, 0xff] + big, .newline), paths)
    XCTAssertEqual(try list([0xff, 0xfe] + little + [0x61], .newline), ["in/a.jpg", "in/ü漢😀.jpg", "last\u{fffd}"])
    XCTAssertEqual(try list([0xff, 0xfe, 0x61, 0, 0x00, 0xd8, 0x0a, 0], .newline), ["a\u{fffd}"])
    // Without a mark.
    XCTAssertEqual(try list(Array("a.jpg\nb.jpg\n".utf16).flatMap { [UInt8($0), 0] }, .newline), ["a.jpg", "b.jpg"])
    XCTAssertEqual(try list(Array("a.jpg\nb.jpg\n".utf16).flatMap { [0, UInt8($0)] }, .newline), ["a.jpg", "b.jpg"])
    // Characters on the border of two blocks.
    let many = (0..<9000).map { "\($0)/😀.jpg" }
    let bytes = many.joined(separator: "\n").utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
    XCTAssertEqual(try list([0xff, 0xfe] + bytes, .newline), many)
  }

  func testNamesThatEndWithNulNeedNoFlag() throws {
    XCTAssertEqual(try list(Array("./a b.jpg\0./c.jpg\0".utf8), .newline), ["./a b.jpg", "./c.jpg"])
    XCTAssertEqual(try list(Array("a\0b\0".utf8), .newline), ["a", "b"])
    XCTAssertEqual(
      try list(Array("a\nb\0c\0".utf8), .newline), ["a", "4!not_found"], "which of both it is is not clear")
    XCTAssertEqual(try list(Array("a\nb\0c\0".utf8), .nul), ["a\nb", "c"])
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
