import CArchive
import Foundation
import TestSupport
import Testing

@testable import Inputs
@testable import Platform
@testable import Recognition

/// No member of an archive is lost, whatever its name.
struct MemberNameTests {
  typealias Member = ArchiveBytes.Member

  private static var isAvailable: Bool { carchive_is_available() != 0 }

  /// What a walk yields, and what it passes over, for an archive on disk or on standard input.
  private func walk(_ bytes: [UInt8], _ name: String, asStream: Bool = false, _ options: WalkOptions = WalkOptions())
    throws -> (items: [String], ignored: [String: Int])
  {
    let tree = try TemporaryTree()
    try Data(bytes).write(to: URL(fileURLWithPath: tree.path(name)))
    var source = InputSource.path(RawPath(tree.path(name)))
    var ends: [Int32] = [-1, -1]
    if asStream {
      #expect(pipe(&ends) == 0)
      let write = ends[1]
      Thread.detachNewThread {
        _ = bytes.withUnsafeBytes { writeAll(write, $0) }
        close(write)
      }
      source = .list(PathList(descriptor: ends[0]))
    }
    defer { if asStream { close(ends[0]) } }
    let walk = DirectoryWalk([source], options: options, sniff: sniffTest)
    let items = tree.relative(collect(walk)).map { item in
      #expect(item.hasPrefix(asStream ? "-/" : name + "/"))
      return String(item.dropFirst(asStream ? 2 : name.count + 1))
    }
    return (items, walk.tally.ignored.counts)
  }

  private func marked(_ name: String) -> Member { Member(name, [1]).with { $0.isMarked = true } }

  @Test("names in every encoding", .enabled(if: isAvailable), arguments: [false, true])
  func encodings(asStream: Bool) throws {
    let names = ["été.jpg", "照片/一.jpg", "plain.jpg", "e\u{301}.jpg", "😀.jpg"]
    // CP437 and Latin-1, as older tools write them without a mark.
    let raw = [Member([0x82, 0x2e, 0x6a, 0x70, 0x67], [1]), Member([0xe9, 0x2e, 0x6a, 0x70, 0x67], [1])]
    let expected = names + ["\u{fffd}.jpg", "\u{fffd}.jpg"]
    #expect(try walk(ArchiveBytes.zip(names.map(marked) + raw), "a.zip", asStream: asStream).items == expected)
    #expect(
      try walk(ArchiveBytes.zip(names.map { Member($0, [1]) } + raw), "a.zip", asStream: asStream).items == expected)
    #expect(try walk(ArchiveBytes.tar(names.map(marked) + raw), "a.tar", asStream: asStream).items == expected)
    #expect(
      try walk(ArchiveBytes.tar(names.map { Member($0, [1]) } + raw), "a.tar", asStream: asStream).items == expected)
  }

  @Test("names that are not valid have a record", .enabled(if: isAvailable))
  func invalid() throws {
    // Marked as UTF-8, and not.
    let mislabelled = Member([0xff, 0x2e, 0x6a, 0x70, 0x67], Array("PNG".utf8)).with { $0.isMarked = true }
    let found = try walk(ArchiveBytes.zip([marked("a.jpg"), mislabelled, marked("b.jpg")]), "a.zip").items
    #expect(found.count == 3)
    #expect(found[1] == "member-2" || found[1] == "\u{fffd}.jpg")
    #expect(try walk(ArchiveBytes.tar([mislabelled]), "a.tar").items == ["\u{fffd}.jpg"])
    #expect(try walk(ArchiveBytes.zip([Member("", Array("PNG".utf8))]), "a.zip").items == ["member-1"])
  }

  @Test("names that lead elsewhere stay within the archive", .enabled(if: isAvailable), arguments: ["a.zip", "a.tar"])
  func elsewhere(_ name: String) throws {
    let members = ["../up.jpg", "/root.jpg", "a/../../b.jpg", "./c.jpg", "..jpg", "d//e.jpg", "up.jpg"].map {
      Member($0, [1])
    }
    let found = try walk(name == "a.zip" ? ArchiveBytes.zip(members) : ArchiveBytes.tar(members), name)
    #expect(found.items == ["__/up.jpg", "root.jpg", "a/__/__/b.jpg", "c.jpg", "d/e.jpg", "up.jpg"])
    #expect(found.ignored == ["hidden": 1])
  }

  @Test("what is passed over is counted", .enabled(if: isAvailable), arguments: ["a.zip", "a.tar"])
  func counts(_ name: String) throws {
    let members = [
      Member("a.jpg", [1]), Member(".x.jpg", [1]), Member("__MACOSX/._a.jpg", [1]), Member("clip.mp4", [1]),
      Member("b.png", [1]), Member("thumbs/c.jpg", [1]), Member("image", Array("PNG data".utf8)), Member("text", [1]),
      Member("folder/", []).with { $0.mode = 0o040755 },
      Member("link.jpg", Array("a.jpg".utf8)).with { $0.mode = 0o120777 },
      Member("dos.jpg", [1]).with { $0.mode = nil },
    ]
    let options = options {
      $0.exclude = [Glob("thumbs"), Glob("b.*")]
    }
    let isZip = name == "a.zip"
    // In a tar the content of a link is empty.
    let bytes =
      isZip
      ? ArchiveBytes.zip(members)
      : ArchiveBytes.tar(members.map { m in m.with { if $0.mode == 0o120777 { $0.content = [] } } })
    let found = try walk(bytes, name, options)
    #expect(found.items == ["a.jpg", "image", "dos.jpg"])
    #expect(found.ignored == ["hidden": 2, "mp4": 1, "--exclude": 2, "no extension": 1, "links": 1])
  }

  @Test("encrypted members and pipes", .enabled(if: isAvailable))
  func unreadable() throws {
    let locked = [Member("a.jpg", Array(repeating: 1, count: 20)), Member("unclear", Array(repeating: 1, count: 20))]
      .map {
        $0.with { $0.isEncrypted = true }
      }
    let zip = try walk(ArchiveBytes.zip(locked), "a.zip")
    #expect(zip.items == ["a.jpg!unsupported"])
    #expect(zip.ignored == ["unreadable": 1])
    let pipes = ["p.jpg", "p"].map { Member($0, []).with { $0.mode = 0o010644 } }
    let tar = try walk(ArchiveBytes.tar(pipes), "a.tar")
    #expect(tar.items == ["p.jpg!not_a_file"])
    #expect(tar.ignored == ["no extension": 1])
  }
}
