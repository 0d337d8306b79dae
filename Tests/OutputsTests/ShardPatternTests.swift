import Foundation
import Testing

@testable import Outputs
@testable import Platform

struct ShardPatternTests {
  private func path(_ text: String, _ number: Int) throws -> String {
    try ShardPattern(RawPath(text)).path(number).description
  }

  @Test("writes the number as printf does")
  func numbers() throws {
    #expect(try path("a/%06d.tar", 12) == "a/000012.tar")
    #expect(try path("a/%d.tar", 12) == "a/12.tar")
    #expect(try path("a/%02d.tar", 123) == "a/123.tar")
    #expect(try path("%03d/data.mdb", 7) == "007/data.mdb")
    #expect(try path("100%%-%d.tar", 7) == "100%-7.tar")
    #expect(try path("all.tar", 7) == "all.tar")
    #expect(try ShardPattern(RawPath("all%%.tar")).isSingle)
  }

  @Test("refuses what is no number", arguments: ["%.tar", "%x.tar", "%99d.tar", "a%", "%0 d.tar", "%d%d.tar"])
  func mistakes(_ text: String) {
    #expect(throws: ShardPattern.Mistake.self) { try ShardPattern(RawPath(text)) }
  }

  @Test("finds the shards that exist, and no other files")
  func existing() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("imgrec-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder.appendingPathComponent("5"), withIntermediateDirectories: true)
    for name in ["s-00.tar", "s-07.tar", "s-100.tar", "s-3.tar", "s-001.tar", "s-xx.tar", "s-01.lmdb", "5/data.mdb"] {
      try Data().write(to: folder.appendingPathComponent(name))
    }
    #expect(try ShardPattern(RawPath(folder.path + "/s-%02d.tar")).existing() == [0, 7, 100])
    #expect(try ShardPattern(RawPath(folder.path + "/%d/data.mdb")).existing() == [5])
    #expect(try ShardPattern(RawPath(folder.path + "/none/%d.tar")).existing() == [])
    #expect(try ShardPattern(RawPath(folder.path + "/s-3.tar")).existing() == [0])
  }
}
