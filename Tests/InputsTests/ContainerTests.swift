import CArchive
import Foundation
import Testing

@testable import Inputs
@testable import Platform
@testable import Recognition

/// The contract of containers, run on every kind.
struct ContainerTests {
  enum ContainerUnderTest: String, CaseIterable {
    case tar = "x.tar"
    case tarGzip = "x.tar.gz"
    case upperCase = "x.TGZ"
    case zip = "x.zip"

    static var available: [ContainerUnderTest] {
      carchive_is_available() == 0 ? [] : allCases.filter { Subprocess.find($0.tool) != nil }
    }

    var tool: String { self == .zip ? "zip" : "tar" }

    /// Packs the folder `in` of `tree`; returns the container's name.
    func pack(_ tree: TemporaryTree) throws -> String {
      let path = tree.path(rawValue)
      switch self {
      case .tar: try run("tar", ["-cf", path, "--sort=name", "."], in: tree.path("in"))
      case .tarGzip, .upperCase: try run("tar", ["-czf", path, "--sort=name", "."], in: tree.path("in"))
      case .zip: try run("zip", ["-qry", path, "."], in: tree.path("in"))
      }
      return rawValue
    }
  }

  private func content(_ items: [Item]) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: items.compactMap { item in
        guard case .bytes(let bytes) = item.origin else { return nil }
        return (String(decoding: item.path.lastComponent, as: UTF8.self), String(decoding: bytes, as: UTF8.self))
      })
  }

  /// a.jpg, ü.png, sub/b.jpg and what must not be read.
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

  @Test("yields the images by name and bytes", arguments: ContainerUnderTest.available)
  func images(_ kind: ContainerUnderTest) throws {
    let tree = try tree()
    let name = try kind.pack(tree)
    let items = collect(DirectoryWalk([.path(RawPath(tree.path(name)))], sniff: sniffTest))
    #expect(
      tree.relative(items).sorted() == [
        "\(name)/a.jpg", "\(name)/empty.jpg!empty", "\(name)/sub/b.jpg", "\(name)/ü.png",
      ])
    #expect(content(items) == ["a.jpg": "A", "b.jpg": "B", "ü.png": "U"])
  }

  @Test("selects members like the files of a folder", arguments: ContainerUnderTest.available)
  func selection(_ kind: ContainerUnderTest) throws {
    let tree = try tree()
    let name = try kind.pack(tree)
    #expect(tree.walk(options { $0.exclude = [Glob("sub"), Glob("ü*")] }, [name]).count == 2)
    #expect(tree.walk(options { $0.include = [Glob("sub/*")] }, [name]) == ["\(name)/sub/b.jpg"])
    #expect(tree.walk(options { $0.limit = 1 }, [name]).count == 1)
    #expect(tree.walk(options { $0.hidden = true }, [name]).contains("\(name)/.hidden.jpg"))
    // In folders containers are not opened.
    #expect(tree.walk(options { $0.maxDepth = 1 }) == [])
  }

  @Test("refuses a member above the limit, and continues", arguments: ContainerUnderTest.available)
  func limit(_ kind: ContainerUnderTest) throws {
    let tree = try TemporaryTree()
    try tree.file("in/a.jpg", "A")
    try Data(count: 3 << 20).write(to: URL(fileURLWithPath: tree.path("in/big.jpg")))
    try tree.file("in/c.jpg", "C")
    let name = try kind.pack(tree)
    #expect(
      tree.walk(options { $0.maxFileSize = 1 << 20 }, [name]).sorted()
        == ["\(name)/a.jpg", "\(name)/big.jpg!file_too_large", "\(name)/c.jpg"])
  }

  @Test("ends when it is cut at any byte, and yields only whole members", arguments: ContainerUnderTest.available)
  func damage(_ kind: ContainerUnderTest) throws {
    let tree = try TemporaryTree()
    let members = ["a.jpg": "A", "b.jpg": String(repeating: "B", count: 5000), "c.jpg": "C"]
    for (name, text) in members { try tree.file("in/\(name)", text) }
    let name = try kind.pack(tree)
    let whole = try Data(contentsOf: URL(fileURLWithPath: tree.path(name)))
    for length in stride(from: 0, to: whole.count, by: 61) {
      try whole.prefix(length).write(to: URL(fileURLWithPath: tree.path("cut-\(name)")))
      let items = collect(DirectoryWalk([.path(RawPath(tree.path("cut-\(name)")))], sniff: sniffTest))
      let found = tree.relative(items)
      #expect(found.count <= 4, "\(length): \(found)")
      for (name, text) in content(items) { #expect(members[name] == text, "\(length)") }
      // A tar and a zip may be cut between two members; compression reveals every cut.
      if kind == .tarGzip { #expect(found.last?.contains("!") == true, "\(length): \(found)") }
    }
  }

  @Test("a file of that name with other bytes is corrupt", arguments: ContainerUnderTest.available)
  func otherBytes(_ kind: ContainerUnderTest) throws {
    let tree = try TemporaryTree()
    try tree.file(kind.rawValue, "neither of them")
    #expect(tree.walk(WalkOptions(), [kind.rawValue]) == ["\(kind.rawValue)!corrupt"])
  }

  @Test("an encrypted member is unsupported", .enabled(if: ContainerUnderTest.available.contains(.zip)))
  func encryption() throws {
    let tree = try tree()
    try run("zip", ["-qP", "secret", tree.path("locked.zip"), "a.jpg"], in: tree.path("in"))
    #expect(tree.walk(WalkOptions(), ["locked.zip"]) == ["locked.zip/a.jpg!unsupported"])
  }
}

private func run(_ tool: String, _ arguments: [String], in folder: String) throws {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: try #require(Subprocess.find(tool)))
  process.arguments = arguments
  process.currentDirectoryURL = URL(fileURLWithPath: folder)
  process.standardOutput = FileHandle.nullDevice
  process.standardError = FileHandle.nullDevice
  try process.run()
  process.waitUntilExit()
  #expect(process.terminationStatus == 0)
}
