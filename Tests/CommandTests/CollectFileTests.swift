import Foundation
import RedisTestSupport
import XCTest

/// The file of `imgrec collect`.
final class CollectFileTests: XCTestCase {
  private let model = ["--model", ImgrecCLI.instantModel]
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func file(_ name: String) -> URL { folder.appendingPathComponent(name) }
  private func run(_ arguments: String...) throws -> ImgrecCLI.Result { try ImgrecCLI.run(arguments, folder: folder) }

  /// Checked before the queue is asked, so that no server is needed.
  func testAFileOfTheUsersIsLeftAsItIs() throws {
    for text in ["remember the milk", "remember\nthe milk\n"] {
      try Data(text.utf8).write(to: file("notes.txt"))
      for flags in [[], ["--resume"]] {
        let result = try ImgrecCLI.run(
          ["collect", "--queue", "redis://127.0.0.1:1/none", "-o", "notes.txt"] + flags, folder: folder)
        XCTAssertEqual(result.status, 2)
        XCTAssertTrue(result.err.contains("seems to be text"), result.err)
        XCTAssertEqual(try String(contentsOf: file("notes.txt"), encoding: .utf8), text)
      }
    }
    XCTAssertEqual(try run("collect", "--queue", "redis://127.0.0.1:1/none", "-o", "new").status, 2)
    XCTAssertFalse(FileManager.default.fileExists(atPath: file("new").path))
  }

  /// The failure of an item that succeeds later goes; while one is left the exit status is 1.
  func testResumedFailures() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    try ImgrecCLI.copies(3, in: folder)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    func work() throws {
      XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
      XCTAssertEqual(try run("worker", "--queue", url, "--until-empty", "-q", "--cache", "off").status, 0)
    }
    let sound = try Data(contentsOf: file("photos/1.jpg"))
    try Data("no image".utf8).write(to: file("photos/1.jpg"))
    try work()
    XCTAssertEqual(try run("collect", "--queue", url, "-o", "r.jsonl").status, 1)
    XCTAssertEqual(try run("collect", "--queue", url, "-o", "r.jsonl", "--resume").status, 1, "a failure is left")
    try sound.write(to: file("photos/1.jpg"))
    try work()
    XCTAssertEqual(try run("collect", "--queue", url, "-o", "r.jsonl", "--resume").status, 0)
    // The other two were submitted and recognised again; each record of the file is of a success.
    let records = try ImgrecCLI.records(Data(contentsOf: file("r.jsonl")))
    XCTAssertEqual(Set(records.compactMap { $0["path"] as? String }).count, 3)
    XCTAssertTrue(records.allSatisfy { $0["status"] as? String == "ok" })
  }
}
