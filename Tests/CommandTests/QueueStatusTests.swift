import Foundation
import RedisTestSupport
import TestSupport
import XCTest

/// `imgrec queue status`: the workers of a queue, and the report that repeats itself.
final class QueueStatusTests: QueueCommandTestCase {
  private func status(_ url: String) throws -> [String: Any] {
    let result = try run("queue", "status", "--json", "--queue", url)
    return try XCTUnwrap(JSONSerialization.jsonObject(with: result.out) as? [String: Any], result.err)
  }

  private func workers(_ url: String) throws -> [[String: Any]] {
    try XCTUnwrap(status(url)["workers"] as? [[String: Any]])
  }

  /// Starts a watch; returns it, and the file that it writes to.
  private func watch(_ url: String, _ more: String...) throws -> (Process, URL) {
    let output = folder.appendingPathComponent("status.\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    let process = try start(
      ["queue", "status", "--queue", url, "--watch", "--interval", "0.2"] + more,
      output: try FileHandle(forWritingTo: output))
    return (process, output)
  }

  func testWorkersSayWhoTheyAre() throws {
    try photos(30)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
    let named = try worker(url, "--name", "line-1@hall")
    let other = try worker(url)
    try waitUntil("both run, and the records are there") {
      let found = try workers(url)
      return found.count == 2 && found.allSatisfy { $0["state"] as? String == "running" }
        && found.compactMap { $0["finished"] as? Int }.reduce(0, +) == 30
    }
    let found = try workers(url)
    let first = try XCTUnwrap(found.first { $0["name"] as? String == "line-1@hall" })
    XCTAssertEqual(first["pid"] as? Int, Int(named.processIdentifier))
    XCTAssertEqual(first["held"] as? Int, 0)
    XCTAssertNotNil((first["started"] as? String)?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/))
    XCTAssertLessThan(try XCTUnwrap(first["beat_seconds"] as? Double), 15)
    let version = try run("--version").text.split(separator: " ").last?.trimmingCharacters(in: .newlines)
    XCTAssertEqual(first["version"] as? String, version)
    let second = try XCTUnwrap(found.first { $0["name"] as? String != "line-1@hall" })
    let host = try XCTUnwrap(second["host"] as? String)
    XCTAssertEqual(second["name"] as? String, "\(host)-\(other.processIdentifier)")
    XCTAssertTrue(
      try run("queue", "status", "--queue", url).text.contains(
        "worker line-1@hall (imgrec \(version ?? "")): running, "))

    // One is killed: it is lost when it has been silent for three announcements, and no longer listed after an hour.
    kill(named.processIdentifier, SIGKILL)
    named.waitUntilExit()
    let consumer = try XCTUnwrap(first["consumer"] as? String)
    func age(by seconds: Double) throws {
      let then = Int((Date().timeIntervalSince1970 - seconds) * 1000)
      try server.cli("zadd", "imgrec:queue:{photos}:beats", "\(then)", consumer)
    }
    try age(by: 20)
    XCTAssertEqual(
      try workers(url).first { $0["name"] as? String == "line-1@hall" }?["state"] as? String, "lost")
    try age(by: 3700)
    let left = try workers(url)
    XCTAssertFalse(left.contains { $0["name"] as? String == "line-1@hall" })
    // The other one removes the announcement with its next.
    try waitUntil("the announcement is gone", timeout: 20) {
      try server.cli("hexists", "imgrec:queue:{photos}:workers", consumer) == "0"
    }
    // A worker that is asked to end withdraws its announcement, and a queue that is deleted does not come back.
    XCTAssertEqual(try run("collect", "--queue", url, "-q").status, 0)
    kill(other.processIdentifier, SIGTERM)
    other.waitUntilExit()
    XCTAssertEqual(try server.cli("hlen", "imgrec:queue:{photos}:workers"), "0")
  }

  /// What other versions, and other programs, write into the keys.
  func testAnnouncementsOfOthersDoNoHarm() throws {
    try photos(3)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
    let now = "\(Int(Date().timeIntervalSince1970 * 1000))"
    for (name, text) in [
      ("broken", "{\"name\":"), ("empty", ""), ("other", "[1]"), ("long", String(repeating: "x", count: 5000)),
    ] {
      try server.cli("hset", "imgrec:queue:{photos}:workers", name, text)
      try server.cli("zadd", "imgrec:queue:{photos}:beats", now, name)
    }
    // A version that announces nothing holds items.
    try server.cli(
      "xreadgroup", "group", "imgrec", "old-77", "count", "2", "streams", Self.todo, ">")
    let found = try workers(url)
    XCTAssertEqual(found.map { $0["name"] as? String }, ["old-77"])
    XCTAssertEqual(found[0]["held"] as? Int, 2)
    XCTAssertNil(found[0]["state"])
    XCTAssertTrue(
      try run("queue", "status", "--queue", url).text.contains("worker old-77: holds 2, last heartbeat 0 s ago"))
    for name in [String(repeating: "n", count: 65), "a b", "a\u{1b}[2J", "é"] {
      let result = try run("worker", "--queue", url, "--name", name)
      XCTAssertEqual(result.status, 64, name)
      XCTAssertTrue(result.err.contains("is not a name of up to 64 letters"), result.err)
    }
  }

  func testWatchReportsUntilTheQueueIsEmpty() throws {
    try photos(50)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
    let watch = try start([
      "queue", "status", "--queue", url, "--watch", "--interval", "0.2", "--until-empty", "--json",
    ])
    XCTAssertEqual(try run("worker", "--queue", url, "--until-empty").status, 0)
    XCTAssertTrue(watch.isRunning, "the records are not collected")
    // A pipe gets lines.
    let lines = try ImgrecCLI.shell(
      "imgrec queue status --queue \(url) --watch --interval 200ms | head -2", folder: folder)
    for line in lines.text.split(separator: "\n") {
      XCTAssertNotNil(
        line.firstMatch(of: /^[0-9T:.-]+Z waiting 0, held 0, done 50, dead 0, finished 50, 0 workers/), lines.text)
    }
    XCTAssertEqual(try run("collect", "--queue", url, "-q").status, 0)
    try waitUntil("the watch has ended", timeout: 20) { !watch.isRunning }
    XCTAssertEqual(watch.terminationStatus, 0)
  }

  func testWatchIsObjectsAndEndsOnASignal() throws {
    try photos(5)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
    for signal in [SIGINT, SIGTERM] {
      let (process, output) = try watch(url, "--json")
      try waitUntil("three reports") { ImgrecCLI.lineCount(output) >= 3 }
      kill(process.processIdentifier, signal)
      process.waitUntilExit()
      XCTAssertEqual(process.terminationStatus, 0)
      let reports = try ImgrecCLI.records(Data(contentsOf: output))
      XCTAssertNil(reports[0]["images_per_second"], "not known yet")
      XCTAssertEqual(reports[1]["images_per_second"] as? Double, 0)
      XCTAssertTrue(reports.allSatisfy { $0["waiting"] as? Int == 5 && $0["time"] is String })
    }
    // On a terminal the report stands in its place: the second goes over the lines of the first.
    let shown = try ImgrecCLI.shell(
      "timeout -s INT 10 script -qec \"'\(ImgrecCLI.binary.path)' queue status --queue \(url) --watch "
        + "--interval 0.2\" /dev/null", folder: folder, environment: ["TERM": "xterm", "COLUMNS": "60"])
    XCTAssertTrue(shown.text.contains("\u{1b}[J"), shown.text)
    let mistake = try run("queue", "status", "--queue", url, "--interval", "3s")
    XCTAssertEqual(mistake.status, 64)
    XCTAssertTrue(mistake.err.contains("--interval needs --watch"), mistake.err)
  }

  func testAQueueThatIsDeletedEndsTheWatch() throws {
    try photos(2)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
    let (watch, output) = try watch(url)
    try waitUntil("it watches") { ImgrecCLI.lineCount(output) > 0 }
    XCTAssertEqual(try run("queue", "purge", "--queue", url).status, 0)
    try waitUntil("it ends", timeout: 20) { !watch.isRunning }
    XCTAssertEqual(watch.terminationStatus, 2)
    XCTAssertEqual(try server.cli("dbsize"), "0")
  }
}
