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
    case tarXz = "x.tar.xz"
    case zip = "x.zip"

    static var available: [ContainerUnderTest] {
      carchive_is_available() == 0 ? [] : allCases.filter { Subprocess.find($0.tool) != nil }
    }

    var tool: String {
      switch self {
      case .tar, .tarGzip, .upperCase: "tar"
      case .tarXz: "xz"
      case .zip: "zip"
      }
    }

    /// Packs the folder `in` of `tree`; returns the container's name.
    func pack(_ tree: TemporaryTree) throws -> String {
      let path = tree.path(rawValue)
      switch self {
      case .tar: try run("tar", ["-cf", path, "--sort=name", "."], in: tree.path("in"))
      case .tarGzip, .upperCase: try run("tar", ["-czf", path, "--sort=name", "."], in: tree.path("in"))
      case .tarXz: try run("tar", ["-cJf", path, "--sort=name", "."], in: tree.path("in"))
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
      if kind == .tarGzip || kind == .tarXz { #expect(found.last?.contains("!") == true, "\(length): \(found)") }
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

/// Archives that take much memory to unpack.
@Suite(.enabled(if: carchive_is_available() != 0)) struct ArchiveMemoryTests {
  private func tar() throws -> (TemporaryTree, [UInt8]) {
    let tree = try TemporaryTree()
    try tree.file("in/a.jpg", "A")
    try run("tar", ["-cf", tree.path("x.tar"), "a.jpg"], in: tree.path("in"))
    return (tree, [UInt8](try Data(contentsOf: URL(fileURLWithPath: tree.path("x.tar")))))
  }

  private func message(_ tree: TemporaryTree, _ name: String) -> String {
    let items = collect(DirectoryWalk([.path(RawPath(tree.path(name)))], sniff: sniffTest))
    guard case .fault(let failure)? = items.first?.origin else { return "" }
    return failure.message
  }

  @Test(
    "xz: a dictionary of up to 96 MiB is read, one of 192 MiB to 4 GiB refused",
    .enabled(if: Subprocess.find("xz") != nil), arguments: [28, 29, 31, 37, 40])
  func xz(_ dictionary: Int) throws {
    let (tree, _) = try tar()
    try run("xz", ["-k", tree.path("x.tar")], in: tree.path("in"))
    var file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: tree.path("x.tar.xz"))))
    // The block's header: its size in words, flags, LZMA2 (0x21), one byte of properties (the dictionary), a CRC.
    let end = 12 + (Int(file[12]) + 1) * 4
    let place = try #require((14..<end).first { file[$0] == 0x21 && file[$0 + 1] == 1 }) + 2
    file[place] = UInt8(dictionary)
    file.replaceSubrange(end - 4..<end, with: crc32(file[12..<end - 4]).littleEndianBytes)
    try Data(file).write(to: URL(fileURLWithPath: tree.path("y.tar.xz")))
    let isRead = dictionary < 30
    #expect(tree.walk(WalkOptions(), ["y.tar.xz"]) == ["y.tar.xz\(isRead ? "/a.jpg" : "!unsupported")"])
    if !isRead { #expect(message(tree, "y.tar.xz").contains("at most 128 are allowed")) }
  }

  @Test("zstd: a window of 1 MiB is read, one of 2 GiB refused")
  func zstd() throws {
    let (tree, tar) = try tar()
    for (log, expected) in [(20, "/a.jpg"), (31, "!unsupported")] {
      // A frame header with the window alone, then raw blocks.
      var file: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0, UInt8(log - 10) << 3]
      let size = tar.count << 3 | 1
      file += [UInt8(size & 255), UInt8(size >> 8 & 255), UInt8(size >> 16)] + tar
      try Data(file).write(to: URL(fileURLWithPath: tree.path("y.tar.zst")))
      #expect(tree.walk(WalkOptions(), ["y.tar.zst"]) == ["y.tar.zst\(expected)"], "\(log)")
      if log == 31 { #expect(message(tree, "y.tar.zst").contains("--long")) }
    }
  }

  @Test("an archive that is compressed twice is refused", .enabled(if: Subprocess.find("gzip") != nil))
  func twice() throws {
    let (tree, _) = try tar()
    for _ in 0..<2 {
      try run("gzip", [tree.path("x.tar")], in: tree.path("in"))
      try FileManager.default.moveItem(atPath: tree.path("x.tar.gz"), toPath: tree.path("x.tar"))
    }
    try FileManager.default.moveItem(atPath: tree.path("x.tar"), toPath: tree.path("x.tar.gz"))
    #expect(tree.walk(WalkOptions(), ["x.tar.gz"]) == ["x.tar.gz!unsupported"])
    #expect(message(tree, "x.tar.gz").contains("compressed more than once"))
  }

  private func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 0 ? 0 : 0xEDB8_8320) }
    }
  }
}

extension UInt32 {
  fileprivate var littleEndianBytes: [UInt8] { (0..<4).map { UInt8(self >> (8 * $0) & 255) } }
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
