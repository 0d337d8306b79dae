import Foundation
import RedisTestSupport
import TestSupport
import XCTest

/// `submit --watch`: what comes into a folder goes into a queue, also after a kill.
final class SubmitWatchTests: WatchCase {
  func testKilledAndStartedAgain() throws {
    try XCTSkipUnless(RedisServer.isInstalled, RedisServer.hint)
    let server = try RedisServer()
    let queue = ["--queue", "redis://\(server.address)/photos"]
    let arguments = ["--journal", "j.jsonl"] + queue
    try write(1, to: "in/a.jpg")
    let first = try start(arguments, command: "submit")
    let worker = try run(["worker", "--cache", "off"] + queue, log: "worker")
    let collector = try run(["collect", "-o", "r.jsonl"] + queue, log: "collect")
    try waitFor(["in/a.jpg"])
    try write(2, to: "in/b.jpg")
    try waitFor(["in/a.jpg", "in/b.jpg"])
    stop(first, SIGKILL)
    // A line that was begun, a file that came meanwhile, and one that was changed.
    let journal = try FileHandle(forWritingTo: file("j.jsonl"))
    journal.seekToEndOfFile()
    journal.write(Data("{\"schema\":\"imgrec-submitted/1\",\"pa".utf8))
    try journal.close()
    try write(3, to: "in/c.jpg")
    try write(4, to: "in/a.jpg")
    let second = try start(arguments, command: "submit")
    try waitUntil("the changes") { self.paths().count == 4 }
    try write(5, to: "in/sub/d.jpg")
    try waitUntil("the last file") { self.paths().count == 5 }
    pause()
    XCTAssertEqual(paths().sorted(), ["in/a.jpg", "in/a.jpg", "in/b.jpg", "in/c.jpg", "in/sub/d.jpg"])
    XCTAssertEqual(Set(records().compactMap { $0["digest"] as? String }).count, 5)
    XCTAssertEqual(ImgrecCLI.lineCount(file("j.jsonl")), 5)
    stop(second)
    XCTAssertEqual(second.terminationStatus, 0, log)
    XCTAssertTrue(collector.isRunning, "the killed submitter is registered for a minute")
    stop(worker)
    stop(collector)
  }

  func testMistakesAreNamed() throws {
    try Data("a journal of something else".utf8).write(to: file("other.txt"))
    let cases: [(arguments: [String], status: Int32, text: String)] = [
      (["--watch", "in"], 64, "--watch needs --journal FILE"),
      (["in", "--journal", "j.jsonl"], 64, "--journal needs --watch"),
      (["--watch", "-", "--journal", "j.jsonl"], 64, "Name folders: imgrec submit --watch FOLDER"),
      (["--watch", "in", "--journal", "other.txt"], 2, "other.txt exists and seems to be text"),
      (["--watch", "none", "--journal", "j.jsonl"], 2, "cannot watch none: No such file or directory"),
    ]
    for (arguments, status, text) in cases {
      let result = try ImgrecCLI.run(
        ["submit"] + arguments + ["--queue", "redis://127.0.0.1:1/photos", "-m", ImgrecCLI.instantModel],
        folder: folder)
      XCTAssertEqual(result.status, status, "\(arguments): \(result.err)")
      XCTAssertTrue(result.err.contains(text), "\(arguments): \(result.err)")
    }
    XCTAssertEqual(try String(contentsOf: file("other.txt"), encoding: .utf8), "a journal of something else")
  }
}
