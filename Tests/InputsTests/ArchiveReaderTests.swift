import CArchive
import XCTest

@testable import Inputs
@testable import Platform
@testable import Recognition

final class FeedTestsArchive: XCTestCase {
  override func setUpWithError() throws { try XCTSkipIf(CArchiveIsAvailable() == 0, "no libarchive here") }

  private func run(_ tool: String, _ arguments: [String], in folder: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [tool] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try XCTSkipIf(process.terminationStatus == 127, "no \(tool) here")
    XCTAssertEqual(process.terminationStatus, 0)
  }

  private func content(_ items: [Item]) -> [String] {
    items.map { if case .bytes(let bytes) = $0.origin { String(decoding: bytes, as: UTF8.self) } else { "-" } }
  }

  /// a.jpg, ü.png, sub/b.jpg and what must not be taken.
  private func tree() throws -> TemporaryTree {
    let tree = try TemporaryTree()
    try tree.file("in/a.jpg", "A")
    try tree.file("in/ü.png", "U")
    try tree.file("in/sub/b.jpg", "B")
    try tree.file("in/.hidden.jpg", "H")
    try tree.file("in/empty.jpg", "")
    try tree.file("in/inner.zip", "PK")
    try tree.file("in/text.txt", "T")
    tree.link("in/link.jpg", to: "a.jpg")
    return tree
  }

  func testTarArchives() throws {
    let tree = try tree()
    for (name, flag) in [("x.tar", ""), ("x.tar.gz", "z"), ("x.TGZ", "z")] {
      try run("tar", ["-c\(flag)f", tree.path(name), "--sort=name", "."], in: tree.path("in"))
      let items = collect(DirectoryWalk([.path(RawPath(tree.path(name)))], sniff: sniffTest))
      XCTAssertEqual(
        tree.relative(items), ["\(name)/a.jpg", "\(name)/empty.jpg!empty", "\(name)/sub/b.jpg", "\(name)/ü.png"])
      XCTAssertEqual(content(items), ["A", "-", "B", "U"])
    }
    XCTAssertEqual(tree.walk(options { $0.exclude = [Glob("sub"), Glob("ü*")] }, ["x.tar"]).count, 2)
    XCTAssertEqual(tree.walk(options { $0.include = [Glob("sub/*")] }, ["x.tar"]), ["x.tar/sub/b.jpg"])
    XCTAssertEqual(tree.walk(options { $0.limit = 1 }, ["x.tar"]), ["x.tar/a.jpg"])
    // In folders archives are not opened.
    XCTAssertEqual(tree.walk(options { $0.maxDepth = 1 }), [])
  }

  func testZipArchives() throws {
    let tree = try tree()
    try run("zip", ["-qr", tree.path("x.zip"), "a.jpg", "sub", "ü.png", "inner.zip"], in: tree.path("in"))
    let items = collect(DirectoryWalk([.path(RawPath(tree.path("x.zip")))], sniff: sniffTest))
    XCTAssertEqual(tree.relative(items), ["x.zip/a.jpg", "x.zip/sub/b.jpg", "x.zip/ü.png"])
    XCTAssertEqual(content(items), ["A", "B", "U"])
    try run("zip", ["-qP", "secret", tree.path("locked.zip"), "a.jpg"], in: tree.path("in"))
    XCTAssertEqual(tree.walk(WalkOptions(), ["locked.zip"]), ["locked.zip/a.jpg!unsupported"])
  }

  func testBombsAndDamage() throws {
    let tree = try TemporaryTree()
    try tree.file("in/a.jpg", "A")
    try Data(count: 3 << 20).write(to: URL(fileURLWithPath: tree.path("in/big.jpg")))
    try tree.file("in/c.jpg", "C")
    try run("tar", ["-czf", tree.path("x.tar.gz"), "a.jpg", "big.jpg", "c.jpg"], in: tree.path("in"))
    XCTAssertEqual(
      tree.walk(options { $0.maxFileSize = 1 << 20 }, ["x.tar.gz"]),
      ["x.tar.gz/a.jpg", "x.tar.gz/big.jpg!file_too_large", "x.tar.gz/c.jpg"])

    // Cut at any place it ends, with what was whole and at most one fault of the archive.
    let whole = try Data(contentsOf: URL(fileURLWithPath: tree.path("x.tar.gz")))
    for length in stride(from: 0, to: whole.count, by: 97) {
      try whole.prefix(length).write(to: URL(fileURLWithPath: tree.path("cut.tar.gz")))
      let found = tree.walk(WalkOptions(), ["cut.tar.gz"])
      XCTAssertTrue((1...4).contains(found.count), "\(length): \(found)")
      XCTAssertTrue(found.last!.contains("!"), "\(length): \(found)")
    }
    try tree.file("fake.zip", "no archive")
    XCTAssertEqual(tree.walk(WalkOptions(), ["fake.zip"]), ["fake.zip!corrupt"])
  }
}
