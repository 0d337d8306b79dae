import Foundation
import RedisTestSupport
import TestSupport
import XCTest

/// `--log-format json`: each line on standard error is an object, whatever happens.
final class LogFormatTests: QueueCommandTestCase {
  private static let json = ["--log-format", "json"]

  /// The objects on standard error; fails for a line that is none, or lacks a field that all have.
  @discardableResult
  private func entries(_ err: String, file: StaticString = #filePath, line: UInt = #line) throws -> [[String: Any]] {
    try err.split(separator: "\n").map { text in
      let object = try XCTUnwrap(
        try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "no object: \(text)", file: file,
        line: line)
      let time = object["time"] as? String ?? ""
      XCTAssertNotNil(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/), "\(text)", file: file, line: line)
      XCTAssertTrue(
        ["error", "warning", "info", "debug"].contains(object["level"] as? String), "\(text)", file: file, line: line)
      XCTAssertTrue(
        try Self.events().contains(object["event"] as? String ?? ""), "not in the manual: \(text)", file: file,
        line: line)
      XCTAssertFalse((object["message"] as? String ?? "").isEmpty, "\(text)", file: file, line: line)
      return object
    }
  }

  /// The events of the manual's table.
  private static func events() throws -> Set<String> {
    let page = ImgrecCLI.root.appendingPathComponent("Sources/imgrec/Documentation.docc/Services.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    return Set(text.matches(of: /\n\| `([a-z_]+)` \| (?:error|warning|info|debug)/).map { String($0.1) })
  }

  private func events(_ entries: [[String: Any]]) -> [String] { entries.compactMap { $0["event"] as? String } }

  func testTheManualListsEveryEvent() throws {
    let source = ImgrecCLI.root.appendingPathComponent("Sources/Platform/RunEvent.swift")
    let cases = try String(contentsOf: source, encoding: .utf8)
      .matches(of: /\n  case ([A-Za-z]+)(?: = "([a-z_]+)")?/).map { String($0.2 ?? $0.1) }
    XCTAssertGreaterThan(cases.count, 15)
    XCTAssertEqual(Set(cases), try Self.events())
  }

  func testAScanLogsItsModelItsFailuresAndItsSummary() throws {
    try photos(4)
    try Data("no picture".utf8).write(to: folder.appendingPathComponent("photos/broken.jpg"))
    XCTAssertEqual(try ImgrecCLI.shell("printf x > $'photos/\\xff\\n.jpg'", folder: folder).status, 0)
    let scan = try ImgrecCLI.run(
      ["scan", "photos", "gone.jpg", "-o", "r.jsonl", "--cache", "off"] + Self.json + model, folder: folder)
    XCTAssertEqual(scan.status, 1)
    XCTAssertEqual(scan.text, "")
    let entries = try entries(scan.err)
    XCTAssertEqual(Array(events(entries).prefix(2)), ["model_opened", "ready"])
    XCTAssertNotNil(entries[0]["engine"])
    let failed = entries.filter { $0["event"] as? String == "image_failed" }
    XCTAssertTrue(failed.contains { $0["code"] as? String == "not_found" && $0["path"] as? String == "gone.jpg" })
    XCTAssertEqual(failed.count, 3)
    XCTAssertTrue(
      failed.allSatisfy { $0["level"] as? String == "warning" && $0["stage"] is String && $0["path"] is String })
    let odd = try XCTUnwrap(failed.first { $0["path_bytes"] != nil })
    XCTAssertEqual(
      Data(base64Encoded: odd["path_bytes"] as? String ?? ""), Data("photos/".utf8) + [0xff, 0x0a] + Data(".jpg".utf8))
    let summary = try XCTUnwrap(entries.last)
    XCTAssertEqual(summary["event"] as? String, "summary")
    XCTAssertEqual(summary["images"] as? Int, 7)
    XCTAssertEqual(summary["ok"] as? Int, 4)
    XCTAssertEqual(summary["failed"] as? Int, 3)
    // With --quiet errors only, and there was none.
    let quiet = try ImgrecCLI.run(
      ["scan", "photos", "-o", "q.jsonl", "-q", "--cache", "off"] + Self.json + model, folder: folder)
    XCTAssertEqual(quiet.err, "")
  }

  /// Formats without records report failures on standard error in text; in JSON each is one object all the same.
  func testAFailureIsLoggedOnce() throws {
    try photos(1)
    try Data("no picture".utf8).write(to: folder.appendingPathComponent("photos/broken.jpg"))
    try Data().write(to: folder.appendingPathComponent("photos/empty.jpg"))
    for words in [
      ["scan", "photos", "--format", "coco", "-o", "a.json", "--cache", "off"] + ImgrecCLI.instantDetector,
      ["upscale", "photos", "-o", "large"],
    ] {
      let result = try ImgrecCLI.run(words + Self.json, folder: folder)
      XCTAssertEqual(result.status, 1, result.err)
      let failed = try entries(result.err).filter { $0["event"] as? String == "image_failed" }
      XCTAssertEqual(
        failed.compactMap { $0["path"] as? String }.sorted(), ["photos/broken.jpg", "photos/empty.jpg"], result.err)
      XCTAssertTrue(failed.allSatisfy { $0["code"] is String })
    }
  }

  /// Repeats of one code are counted, and not all logged.
  func testManyFailuresDoNotFloodTheLog() throws {
    try photos(1)
    for n in 0..<300 { try Data("x".utf8).write(to: folder.appendingPathComponent("photos/b\(n).jpg")) }
    let scan = try ImgrecCLI.run(
      ["scan", "photos", "-o", "r.jsonl", "--cache", "off"] + Self.json + model, folder: folder)
    let entries = try entries(scan.err)
    XCTAssertEqual(entries.filter { $0["event"] as? String == "image_failed" }.count, 10)
    let omitted = entries.filter { $0["event"] as? String == "failures_omitted" }
    XCTAssertEqual(omitted.compactMap { $0["count"] as? Int }, [290])
  }

  /// Mistakes in the arguments, in settings, and what ends a run before it starts, of all commands that have the option.
  func testMistakesAreObjectsToo() throws {
    try Data("[scan]\ntpo = 1\n".utf8).write(to: folder.appendingPathComponent("wrong.toml"))
    try Data("log-format = \"json\"\n[scan]\ntop = 0\n".utf8).write(to: folder.appendingPathComponent("json.toml"))
    let cases: [([String], Int32, String)] = [
      (["scan", "--tpo", "3"] + Self.json, 64, "usage"), (["scan", "--log-format=json", "--top", "x"], 64, "usage"),
      (["--config", "wrong.toml", "scan", "x"] + Self.json, 64, "usage"),
      (["--config", "json.toml", "scan", "x"], 64, "usage"),
      (["--config", "none.toml", "scan", "x"] + Self.json, 2, "failed"),
      (["scan", "x", "-m", "no_such_model"] + Self.json, 2, "failed"),
      (["scan"] + Self.json + ["-q", "-v", "x"], 64, "usage"),
      (["worker", "--queue", "nonsense"] + Self.json, 64, "usage"),
      (["collect", "--queue", "redis://127.0.0.1:1/x"] + Self.json, 2, "failed"),
      (["submit", "x", "--queue", "redis://127.0.0.1:1/x"] + Self.json + model, 2, "failed"),
      (["queue", "status", "--queue", "redis://127.0.0.1:1/x"] + Self.json, 2, "failed"),
      (["report", "none.jsonl", "-o", "r.html"] + Self.json, 2, "failed"),
      (["similar", "--distance", "x"] + Self.json, 64, "usage"),
      (["scan", "x", "--progress", "bar"] + Self.json, 64, "usage"),
    ]
    for (words, status, event) in cases {
      let result = try ImgrecCLI.run(words, folder: folder)
      XCTAssertEqual(result.status, status, "\(words): \(result.err)")
      let entries = try entries(result.err)
      let first = try XCTUnwrap(entries.first, "\(words)")
      XCTAssertEqual(first["event"] as? String, event, "\(words)")
      XCTAssertEqual(first["level"] as? String, "error", "\(words)")
      XCTAssertFalse((first["message"] as? String ?? "").hasPrefix("imgrec:"), "\(words)")
      if status == 64 { XCTAssertNotNil(first["advice"], "\(words): \(result.err)") }
    }
  }

  func testAWorkerLogsTheQueueThatGoesAndComesBack() throws {
    try photos(20)
    try Data("no picture".utf8).write(to: folder.appendingPathComponent("photos/broken.jpg"))
    let server = try RedisServer(["--appendonly", "yes"])
    let url = "redis://\(server.address)/photos"
    let worker = try start(["worker", "--queue", url, "--cache", "off"] + Self.json)
    try waitUntil("it waits") { logged(0).contains("queue_waiting") }
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
    try waitUntil("it has failed") { logged(0).contains("image_failed") }
    server.kill()
    try waitUntil("it has no queue") { logged(0).contains("queue_lost") }
    try server.start()
    try waitUntil("it has one again") { logged(0).contains("queue_reconnected") }
    kill(worker.processIdentifier, SIGTERM)
    worker.waitUntilExit()
    let entries = try entries(logged(0))
    for event in [
      "queue_waiting", "model_opened", "ready", "image_failed", "queue_lost", "queue_reconnected", "interrupted",
    ] {
      XCTAssertEqual(events(entries).filter { $0 == event }.count, 1, event)
    }
    XCTAssertEqual(events(entries).last, "summary")
    let collect = try ImgrecCLI.run(
      ["collect", "--queue", url, "-v", "--progress", "json"] + Self.json, folder: folder)
    XCTAssertEqual(events(try self.entries(collect.err)).last, "summary")
  }

  /// With standard error in the journal, lines of text carry their level; JSON has its own.
  func testLinesInTheJournalHaveALevel() throws {
    try photos(1)
    let command = "imgrec scan photos gone.jpg -v --cache off --model '\(ImgrecCLI.instantModel)'"
    func log(_ stream: String, _ more: String = "") throws -> [Substring] {
      let result = try ImgrecCLI.shell(
        "exec 2>log; export JOURNAL_STREAM=\(stream); \(command) \(more)", folder: folder)
      XCTAssertEqual(result.status, 1)
      return try String(contentsOf: folder.appendingPathComponent("log"), encoding: .utf8).split(separator: "\n")
    }
    let journal = try log("$(stat -L -c %d:%i /proc/self/fd/2)")
    XCTAssertFalse(journal.isEmpty)
    XCTAssertTrue(journal.allSatisfy { $0.firstMatch(of: /^<[3467]>/) != nil }, "\(journal)")
    for stream in ["1:1", "nonsense", "''"] {
      XCTAssertFalse(try log(stream).contains { $0.hasPrefix("<") }, stream)
    }
    XCTAssertTrue(try log("$(stat -L -c %d:%i /proc/self/fd/2)", "--log-format json").allSatisfy { $0.hasPrefix("{") })
  }
}
