import Foundation
import TestSupport
import Testing

@testable import Inputs
@testable import Platform
@testable import Recognition

/// The contract of containers, run on every kind of `ContainerMaker`.
struct ContainerContractTests {
  typealias Member = ContainerMaker.Member

  /// Members that begin like images, the n-th of 1000 + n bytes.
  private func members(_ count: Int) -> [Member] {
    (0..<count).map { n in
      ("a/\(n).png", Array("PNG".utf8) + (0..<997 + n).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ n) })
    }
  }

  private func write(_ bytes: [UInt8], _ name: String, in tree: TemporaryTree) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: tree.path(name)))
  }

  /// A tree with the container of `members`.
  private func tree(_ maker: ContainerMaker, _ members: [Member]) throws -> TemporaryTree {
    let tree = try TemporaryTree()
    try write(maker.bytes(members), maker.fileName, in: tree)
    return tree
  }

  private func items(_ tree: TemporaryTree, _ name: String, _ options: WalkOptions = WalkOptions()) -> [Item] {
    collect(DirectoryWalk([.path(RawPath(tree.path(name)))], options: options, sniff: sniffTest))
  }

  private func bytes(_ item: Item) -> [UInt8]? {
    if case .bytes(let bytes) = item.origin { bytes } else { nil }
  }

  private func paths(_ maker: ContainerMaker, _ members: [Member], _ indices: some Sequence<Int>) -> [String] {
    indices.map { "\(maker.fileName)/\(maker.inside($0, members[$0].name))" }
  }

  @Test(arguments: ContainerMaker.allCases)
  func `members come in their order, between the other inputs, with their bytes and keys`(
    _ maker: ContainerMaker
  ) throws {
    let members = members(20)
    let tree = try tree(maker, members)
    try tree.file("a.png", "PNG")
    try tree.file("z.png", "PNG")
    #expect(
      tree.walk(WalkOptions(), ["a.png", maker.fileName, "z.png"]) == ["a.png"] + paths(maker, members, 0..<20)
        + ["z.png"])
    let items = items(tree, maker.fileName)
    #expect(items.map(bytes) == members.map(\.content))
    #expect(items.map { $0.key?.description } == members.map { maker.key($0.name) })
  }

  @Test(arguments: ContainerMaker.allCases)
  func `a container in a list is opened, one in a folder is counted`(_ maker: ContainerMaker) throws {
    let members = members(3)
    let tree = try tree(maker, members)
    try tree.file("list", tree.path(maker.fileName) + "\n")
    let list = try PathList(path: RawPath(tree.path("list")))
    let found = collect(DirectoryWalk([.list(list)], sniff: sniffTest))
    #expect(tree.relative(found) == paths(maker, members, 0..<3))
    let walk = DirectoryWalk([.path(RawPath(tree.root))], sniff: sniffTest)
    #expect(collect(walk).isEmpty)
    #expect(walk.tally.ignored.counts[maker.rawValue] == 1)
    #expect(walk.noImagesMessage.contains("archives are read only if they are named"))
  }

  @Test(arguments: ContainerMaker.allCases)
  func `standard input`(_ maker: ContainerMaker) throws {
    let members = members(5)
    let tree = try tree(maker, members)
    let file = open(tree.path(maker.fileName), O_RDONLY)
    defer { close(file) }
    let found = collect(DirectoryWalk([.list(PathList(descriptor: file))], sniff: sniffTest))
    #expect(found.map(\.path.description) == (0..<5).map { "-/\(maker.inside($0, members[$0].name))" })
    #expect(found.map(bytes) == members.map(\.content))
  }

  @Test(arguments: ContainerMaker.allCases)
  func `an empty container has no members and no fault`(_ maker: ContainerMaker) throws {
    let tree = try tree(maker, [])
    #expect(tree.walk(WalkOptions(), [maker.fileName]).isEmpty)
  }

  @Test(arguments: ContainerMaker.allCases)
  func limits(_ maker: ContainerMaker) throws {
    var members = members(5)
    members[2].content += [UInt8](repeating: 1, count: 3 << 20)
    let tree = try tree(maker, members)
    let all = paths(maker, members, 0..<5)
    func walk(_ change: (inout WalkOptions) -> Void) -> [String] { tree.walk(options(change), [maker.fileName]) }
    #expect(walk { $0.maxFileSize = 1 << 20 } == [all[0], all[1], all[2] + "!file_too_large", all[3], all[4]])
    #expect(walk { $0.maxFileSize = 2 << 20 } == [all[0], all[1], all[2] + "!file_too_large", all[3], all[4]])
    #expect(walk { $0.limit = 2 } == Array(all[..<2]))
    let name = String(maker.inside(3, members[3].name).split(separator: "/").last!)
    #expect(walk { $0.include = [try! Glob(name)] } == [all[3]])
    #expect(walk { $0.exclude = [try! Glob(name)] } == Array(all[..<3]) + [all[4]])
  }

  @Test(arguments: ContainerMaker.allCases)
  func `a damaged member costs itself only`(_ maker: ContainerMaker) throws {
    let members = members(5)
    var bytes = maker.bytes(members)
    let content = members[2].content
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: content) })
    bytes[place + 500] ^= 0x10
    let tree = try TemporaryTree()
    try write(bytes, maker.fileName, in: tree)
    let found = items(tree, maker.fileName)
    let all = paths(maker, members, 0..<5)
    #expect(tree.relative(found) == all.enumerated().map { $0 == 2 && maker.hasChecksums ? $1 + "!corrupt" : $1 })
    for n in [0, 1, 3, 4] { #expect(self.bytes(found[n]) == members[n].content) }
  }

  @Test(arguments: ContainerMaker.allCases)
  func `cut at any byte it yields whole members only, and says that it was cut`(_ maker: ContainerMaker) throws {
    let members = members(3)
    let whole = maker.bytes(members)
    let tree = try TemporaryTree()
    for length in stride(from: 1, to: whole.count - 1024, by: 37) {
      try write(Array(whole.prefix(length)), maker.fileName, in: tree)
      let found = items(tree, maker.fileName)
      let sound = found.prefix { bytes($0) != nil }
      #expect(sound.map(bytes) == members.prefix(sound.count).map(\.content), "\(length)")
      #expect(found.count <= 4)
      // A tar or TFRecord file that is cut between two members is whole, as far as anybody can see.
      if found.count == sound.count {
        let isBoundary = (0...3).contains { maker.bytes(Array(members.prefix($0))).count - length < 1025 }
        #expect(isBoundary, "\(length): \(tree.relative(found))")
      }
    }
  }

  @Test(arguments: ContainerMaker.allCases)
  func `mutants end, and each item has a path below the container`(_ maker: ContainerMaker) throws {
    let members = members(4)
    let whole = maker.bytes(members)
    let tree = try TemporaryTree()
    var random = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      try write(bytes, maker.fileName, in: tree)
      let found = tree.relative(items(tree, maker.fileName))
      #expect(found.count < 20)
      #expect(found.allSatisfy { $0.hasPrefix(maker.fileName) })
    }
  }

  @Test(arguments: [ContainerMaker.tar, .zip])
  func `names never lead out, and equal ones each have an item`(_ maker: ContainerMaker) throws {
    let image = Array("PNG".utf8)
    let names = ["../up.png", "/root.png", "./a/./b.png", "same.png", "same.png", "ü.png", "..", "a//c.png"]
    let tree = try tree(maker, names.map { ($0, image) })
    let expected = ["__/up.png", "root.png", "a/b.png", "same.png", "same.png", "ü.png", "__", "a/c.png"]
    #expect(tree.walk(WalkOptions(), [maker.fileName]) == expected.map { "\(maker.fileName)/\($0)" })
  }
}
