import Foundation
import RedisTestSupport
import TestSupport
import XCTest

/// Many machines, which here are processes: submit, worker, collect.
final class QueueCommandTests: QueueCommandTestCase {
  /// Three workers are killed with all their items unfinished, three just after their first records. All of it is in
  /// the middle, as each worker finishes no more than the 64 items that it may have in hand.
  func testKilledWorkersAndARestartedRedisLoseNothing() throws {
    try photos(600)
    let server = try RedisServer(["--appendonly", "yes"])
    let url = "redis://\(server.address)/photos"
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
    let collect = try start(["collect", "--queue", url, "-o", "out.jsonl"])
    for n in 0..<6 {
      try permit(.takingOnly, server)
      let victim = try worker(url, "--decoders", "1", "--in-hand", "64")
      try waitUntil("worker \(n) has items in hand") { try !entries(of: victim, server).isEmpty }
      if !n.isMultiple(of: 2) {
        let before = try finished(server)
        try permit(.finishingOnly, server)
        try waitUntil("worker \(n) has finished an item") { try finished(server) > before }
      }
      kill(victim.processIdentifier, SIGKILL)
      victim.waitUntilExit()
      XCTAssertEqual(victim.terminationReason, .uncaughtSignal)
      if n == 3 {
        server.kill()
        try waitUntil("the collector misses Redis") { logged(0).contains("waiting for it") }
        try server.start()
      }
    }
    XCTAssertLessThanOrEqual(try finished(server), 3 * 64)
    XCTAssertTrue(collect.isRunning)
    try permit(.all, server)
    let last = try worker(url, "--until-empty")
    last.waitUntilExit()
    collect.waitUntilExit()
    XCTAssertEqual(last.terminationStatus, 0)
    XCTAssertEqual(collect.terminationStatus, 0)
    let records = try ImgrecCLI.records(Data(contentsOf: folder.appendingPathComponent("out.jsonl")))
    XCTAssertEqual(records.compactMap { $0["path"] as? String }.sorted(), (0..<600).map { "photos/\($0).jpg" }.sorted())
    XCTAssertTrue(records.allSatisfy { $0["status"] as? String == "ok" })
    let status = try run("queue", "status", "--json", "--queue", url)
    XCTAssertTrue(status.text.contains("\"waiting\":0,\"held\":0,\"done\":0,\"dead\":0"), status.text)
  }

  /// Each worker is killed when it has the same item in hand, which Redis does not let it finish.
  func testAnItemThatTakesItsWorkersAlongIsADeadLetter() throws {
    try photos(8)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
    // The last of the folder.
    let poison = try String(
      XCTUnwrap(server.cli("xrevrange", Self.todo, "+", "-", "count", "1").split(separator: "\n").first))
    for _ in 0..<3 {
      try permit(.takingOnly, server)
      let victim = try worker(url, "--deliveries", "3", "--in-hand", "8")
      while true {
        try waitUntil("the worker has items in hand") { try !entries(of: victim, server).isEmpty }
        if try entries(of: victim, server).contains(poison) { break }
        // Suspects come one at a time: this one is innocent.
        try permit(.finishingOnly, server)
        try waitUntil("the worker has finished them") { try entries(of: victim, server).isEmpty }
        try permit(.takingOnly, server)
      }
      kill(victim.processIdentifier, SIGKILL)
      victim.waitUntilExit()
    }
    try permit(.all, server)
    let last = try worker(url, "--deliveries", "3", "--until-empty")
    last.waitUntilExit()
    XCTAssertEqual(last.terminationStatus, 0)
    let collected = try run("collect", "--queue", url)
    XCTAssertEqual(collected.status, 1, collected.err)
    let records = try collected.records()
    XCTAssertEqual(records.compactMap { $0["path"] as? String }.sorted(), (0..<8).map { "photos/\($0).jpg" })
    let failed = records.filter { $0["status"] as? String == "error" }
    XCTAssertEqual(failed.map { $0["path"] as? String }, ["photos/7.jpg"])
    XCTAssertEqual((failed.first?["error"] as? [String: Any])?["code"] as? String, "gave_up")
    XCTAssertEqual(
      try run("queue", "retry", "--queue", url).text, "requeued 1; 0 wait until their records are collected\n")
    XCTAssertEqual(try run("worker", "--queue", url, "--until-empty").status, 0)
    XCTAssertEqual(try run("collect", "--queue", url, "-q").status, 0, "it was no poison after all")
  }

  func testScanThroughAQueueAndAWorkerThatIsAskedToEnd() throws {
    try photos(200)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    let worker = try worker(url, "--root", "photos/..")
    let scan = try ImgrecCLI.run(
      ["scan", "photos", "/etc/hostname", "nothing.jpg", "--queue", url] + model, folder: folder)
    XCTAssertEqual(scan.status, 1, scan.err)
    let records = try scan.records()
    XCTAssertEqual(records.count, 202)
    let failed = records.filter { $0["status"] as? String == "error" }
    let codes = Dictionary(
      uniqueKeysWithValues: failed.map { ($0["path"] as! String, ($0["error"] as! [String: Any])["code"] as! String) })
    XCTAssertEqual(codes, ["/etc/hostname": "outside_root", "nothing.jpg": "not_found"])
    kill(worker.processIdentifier, SIGTERM)
    worker.waitUntilExit()
    XCTAssertEqual(worker.terminationStatus, 0)
    XCTAssertTrue(try run("queue", "status", "--json", "--queue", url).text.contains("\"workers\":[]"))
    let other = try ImgrecCLI.run(["submit", "photos", "--queue", url, "--top", "1"] + model, folder: folder)
    XCTAssertEqual(other.status, 2, "another question")
    XCTAssertEqual(try run("queue", "purge", "--queue", url).status, 0)
    XCTAssertEqual(try server.cli("dbsize"), "0")
  }

  private func count(_ records: [[String: Any]], _ cache: String) -> Int {
    records.filter { $0["cache"] as? String == cache }.count
  }

  func testWhatIsKeptNeedsNoWorker() throws {
    try ImgrecCLI.copies(30, in: folder)
    ImgrecCLI.settle()
    let server = try RedisServer()
    let cache = ["XDG_CACHE_HOME": folder.appendingPathComponent("cache").path]
    func run(_ words: [String]) throws -> ImgrecCLI.Result {
      try ImgrecCLI.run(words, environment: cache, folder: folder)
    }
    XCTAssertEqual(try run(["scan", "photos", "-q"] + model).status, 0)
    // One is another picture now, and one is a copy that the store knows by its bytes alone.
    let photos = folder.appendingPathComponent("photos")
    try Data(contentsOf: ImgrecCLI.fixtures.appendingPathComponent("images/rgb.jpg")).write(
      to: photos.appendingPathComponent("3.jpg"))
    try FileManager.default.copyItem(
      at: photos.appendingPathComponent("5.jpg"), to: photos.appendingPathComponent("copy.jpg"))
    ImgrecCLI.settle()
    let url = "redis://\(server.address)/photos"
    let submit = ["submit", "photos", "--queue", url] + model
    let first = try run(submit)
    XCTAssertTrue(
      first.err.hasPrefix("31 images: 31 submitted (29 cached); "), first.err)
    let status = try run(["queue", "status", "--json", "--queue", url])
    XCTAssertTrue(
      status.text.contains("\"waiting\":2,\"held\":0,\"done\":29,\"dead\":0,\"submitted\":31,\"finished\":29"),
      status.text)
    let second = try run(submit)
    XCTAssertTrue(
      second.err.hasPrefix("31 images: 0 submitted, 31 skipped (in the queue already)\n"), second.err)
    XCTAssertEqual(try run(["worker", "--queue", url, "--until-empty"]).status, 0)
    let records = try run(["collect", "--queue", url]).records()
    XCTAssertEqual(records.count, 31)
    XCTAssertEqual(count(records, "hit"), 30)
    let scan = try run(["scan", "photos", "--cache", "off"] + model).records()
    XCTAssertEqual(Set(try ImgrecCLI.essence(records)), Set(try ImgrecCLI.essence(scan)))

    // By digest all are known, and nobody works.
    let third = try run(submit + ["--digest"])
    XCTAssertTrue(third.err.contains("31 submitted (31 cached)"), third.err)
    XCTAssertEqual(try run(["collect", "--queue", url]).records().count, 31)
    let inline = try run(submit.map { $0 == url ? url + "2" : $0 } + ["--inline", "1M"])
    XCTAssertTrue(inline.err.contains("31 submitted (31 cached)"), inline.err)
    let through = try run(["scan", "photos", "--queue", url] + model)
    XCTAssertEqual(try through.records().count, 31)
    // What others call by the same name may be another network.
    try server.cli("hset", "imgrec:queue:{photos}:meta", "models", "other@12345678")
    let other = try run(submit)
    XCTAssertTrue(other.err.contains("31 images: 31 submitted; "), other.err)
    XCTAssertTrue(other.err.contains("no cached result is used"), other.err)
    XCTAssertTrue(try run(submit + ["--cache", "off"]).err.contains("31 skipped (in the queue already)"))
  }

  func testAWorkerBelievesADigestOnlyOfAFileThatIsTheSame() throws {
    try ImgrecCLI.copies(20, in: folder)
    ImgrecCLI.settle()
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    func run(_ cache: String, _ words: [String]) throws -> ImgrecCLI.Result {
      try ImgrecCLI.run(
        words + model, environment: ["XDG_CACHE_HOME": folder.appendingPathComponent(cache).path], folder: folder)
    }
    // The submitter knows the files' digests and no answer, the store in Redis all answers.
    XCTAssertEqual(try run("a", ["scan", "photos", "-q", "--top", "1"]).status, 0)
    XCTAssertEqual(try run("b", ["scan", "photos", "-q", "--cache", "redis://\(server.address)/1"]).status, 0)
    let submit = try run("a", ["submit", "photos", "--queue", url])
    XCTAssertTrue(submit.err.contains("20 images: 20 submitted; "), submit.err)
    let other = try Data(contentsOf: ImgrecCLI.fixtures.appendingPathComponent("images/rgb.jpg"))
    try other.write(to: folder.appendingPathComponent("photos/7.jpg"))
    let worker = try ImgrecCLI.run(
      ["worker", "--queue", url, "--until-empty", "--cache", "redis://\(server.address)/1"],
      environment: ["XDG_CACHE_HOME": folder.appendingPathComponent("c").path], folder: folder)
    XCTAssertEqual(worker.status, 0, worker.err)
    let records = try self.run("collect", "--queue", url).records()
    XCTAssertEqual(records.count, 20)
    for record in records {
      let isOther = record["path"] as? String == "photos/7.jpg"
      XCTAssertEqual(record["cache"] as? String, isOther ? "miss" : "hit")
      let read = (record["ms"] as? [String: Any])?["read"] as? Double ?? -1
      XCTAssertTrue(isOther ? read > 0 : read == 0, "what is known is not read")
      if isOther { XCTAssertEqual(record["bytes"] as? Int, other.count) }
    }
    let scan = try run("d", ["scan", "photos", "--cache", "off"])
    XCTAssertEqual(Set(try ImgrecCLI.essence(records)), Set(try ImgrecCLI.essence(scan.records())))
  }

  func testBytesComeAlongAndTheFilesMayGo() throws {
    try photos(40)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    XCTAssertEqual(
      try ImgrecCLI.run(["submit", "photos", "--inline", "1M", "--queue", url] + model, folder: folder).status, 0)
    try FileManager.default.removeItem(at: folder.appendingPathComponent("photos"))
    XCTAssertEqual(try run("worker", "--queue", url, "--until-empty").status, 0)
    let records = try run("collect", "--queue", url).records()
    XCTAssertEqual(records.count, 40)
    XCTAssertTrue(records.allSatisfy { $0["status"] as? String == "ok" && $0["bytes"] as? Int == 2393 })
  }

  func testACollectThatWasKilledGoesOn() throws {
    try photos(600)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
    try permit(.takingOnly, server)
    let worker = try worker(url, "--decoders", "1", "--in-hand", "64")
    let file = folder.appendingPathComponent("out.jsonl")
    for n in 0..<2 {
      // The worker finishes no more than it may have in hand: the collector cannot come to the end.
      try permit(.takingOnly, server)
      try waitUntil("the worker has items in hand") { try !entries(of: worker, server).isEmpty }
      let before = ImgrecCLI.lineCount(file)
      let collect = try start(["collect", "--queue", url, "-o", "out.jsonl", "--resume"])
      try permit(.finishingOnly, server)
      try waitUntil("collector \(n) has written records") { ImgrecCLI.lineCount(file) > before }
      kill(collect.processIdentifier, SIGKILL)
      collect.waitUntilExit()
      XCTAssertEqual(collect.terminationReason, .uncaughtSignal)
      // Its lease of five seconds, which the next would wait for.
      try server.cli("del", "imgrec:queue:{photos:0}:collector")
    }
    let before = ImgrecCLI.lineCount(file)
    XCTAssertTrue((2..<600).contains(before))
    try permit(.all, server)
    // What a collector had written and Redis did not hear of.
    let torn = try FileHandle(forWritingTo: file)
    try torn.seekToEnd()
    try torn.write(contentsOf: Data("{\"schema\":\"imgrec/1\",\"path\":\"ph".utf8))
    try torn.close()
    XCTAssertEqual(try run("collect", "--queue", url, "-o", "out.jsonl", "--resume").status, 0)
    kill(worker.processIdentifier, SIGTERM)
    let lines = try Data(contentsOf: file).split(separator: UInt8(ascii: "\n"))
    let paths = try lines.compactMap {
      try (JSONSerialization.jsonObject(with: $0) as? [String: Any])?["path"] as? String
    }
    XCTAssertEqual(paths.sorted(), (0..<600).map { "photos/\($0).jpg" }.sorted(), "\(before) lines before")
  }

  func testNoPasswordIsEverShown() throws {
    try photos(20)
    let server = try RedisServer(["--requirepass", "h1dden"])
    let url = "redis://default:h1dden@\(server.address)/photos"
    let worker = try start(["worker", "-v", "--queue", url])
    // Without a queue yet: the arguments were read, and nothing ends the worker.
    try waitUntil("the worker waits") { logged(0).contains("waiting for the first submission") }
    let title = try String(contentsOfFile: "/proc/\(worker.processIdentifier)/cmdline", encoding: .utf8)
    XCTAssertTrue(title.contains(server.address), title)
    XCTAssertFalse(title.contains("h1dden"), title)
    let scan = try ImgrecCLI.run(["scan", "photos", "-v", "--queue", url] + model, folder: folder)
    XCTAssertEqual(try scan.records().count, 20)
    server.kill()
    try waitUntil("the worker misses Redis") { logged(0).contains("waiting for it") }
    kill(worker.processIdentifier, SIGKILL)
    worker.waitUntilExit()
    let status = try run("queue", "status", "--queue", url)
    XCTAssertEqual(status.status, 2)
    let log = logged(0)
    let wrong = try run("submit", "photos", "--queue", "redis://default:h1dden@\(server.address)")
    XCTAssertEqual(wrong.status, 64)
    try server.start()
    let other = try run("worker", "--queue", "redis://default:wr0ng@\(server.address)/photos")
    XCTAssertEqual(other.status, 2, other.err)
    XCTAssertFalse(other.err.contains("wr0ng"))
    for text in [log, scan.text, scan.err, status.text, status.err, wrong.err] {
      XCTAssertFalse(text.contains("h1dden"))
    }
  }
}
