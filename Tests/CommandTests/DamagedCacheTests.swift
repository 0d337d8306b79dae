import Foundation
import XCTest

/// Answers that are damaged in the cache: recognised again, never reported.
final class DamagedCacheTests: XCTestCase {
  func testADamagedAnswerIsRecognisedAgain() throws {
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = ["XDG_CACHE_HOME": folder.appendingPathComponent("cache").path]
    try ImgrecCLI.copies(3, in: folder)
    ImgrecCLI.settle()
    func scan() throws -> ImgrecCLI.Result {
      try ImgrecCLI.run(
        ["scan", "photos", "-q", "--model", ImgrecCLI.instantModel], environment: cache, folder: folder)
    }
    let first = try scan()
    XCTAssertEqual(first.status, 0, first.err)
    let expected = try ImgrecCLI.essence(first.records())
    XCTAssertEqual(try scan().records().map { $0["cache"] as? String }, ["hit", "hit", "hit"])
    // Writes the log into the file.
    XCTAssertEqual(try ImgrecCLI.run(["cache", "prune", "--max-age", "1"], environment: cache).status, 0)
    let store = folder.appendingPathComponent("cache/imgrec/results.sqlite")
    let whole = try Data(contentsOf: store)
    let marker = Data("\"score\":0.".utf8)
    let score = try XCTUnwrap(whole.firstRange(of: marker))
    let harms: [(String, [UInt8])] = [
      ("another score", Array("\"score\":0.9".utf8)), ("a leading zero", Array("\"score\":00.".utf8)),
      ("no UTF-8", Array("\"sc\u{6f}re\":0".utf8.dropLast(3)) + [0xff, 0xfe, 0x30]),
      ("a large score", Array("\"score\":9.".utf8)),
    ]
    for (name, bytes) in harms {
      var damaged = whole
      damaged.replaceSubrange(score.lowerBound..<score.lowerBound + bytes.count, with: bytes)
      try damaged.write(to: store)
      for ending in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: store.path + ending) }
      XCTAssertEqual(try ImgrecCLI.run(["cache", "verify"], environment: cache).status, 1, name)
      let again = try scan()
      XCTAssertEqual(again.status, 0, again.err)
      XCTAssertEqual(try ImgrecCLI.essence(again.records()), expected, name)
      XCTAssertEqual(try again.records().count { $0["cache"] as? String == "miss" }, 1, name)
      XCTAssertEqual(try ImgrecCLI.run(["cache", "verify"], environment: cache).text, "ok\n", name)
    }
  }
}
