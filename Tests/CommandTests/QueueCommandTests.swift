import Foundation
import RedisTestSupport
import XCTest

/// Many machines, which here are processes: submit, worker, collect.
final class QueueCommandTests: XCTestCase {
  private let model = ["--model", ImgrecCLI.fixtures.appendingPathComponent("models/classes.onnx").path]
  private var folder = URL(fileURLWithPath: "/")
  private var started: [Process] = []

  override func setUpWithError() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    folder = try ImgrecCLI.temporaryFolder()
  }

  override func tearDown() {
    for process in started where process.isRunning { kill(process.processIdentifier, SIGKILL) }
    try? FileManager.default.removeItem(at: folder)
  }

  private func photos(_ count: Int) throws {
    let source = try Data(contentsOf: ImgrecCLI.fixtures.appendingPathComponent("images/photo.jpg"))
    let photos = folder.appendingPathComponent("photos")
    try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
    for n in 0..<count { try source.write(to: photos.appendingPathComponent("\(n).jpg")) }
  }

  private func run(_ arguments: String...) throws -> ImgrecCLI.Result { try ImgrecCLI.run(arguments, folder: folder) }

  private func start(_ arguments: [String]) throws -> Process {
    let process = ImgrecCLI.process(arguments, folder: folder)
    process.standardOutput = FileHandle.nullDevice
    let log = folder.appendingPathComponent("log.\(started.count)")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    started.append(process)
    return process
  }

  private func worker(_ url: String, _ more: String...) throws -> Process {
    try start(["worker", "--queue", url, "--cache", "off", "--lease", "1"] + more)
  }

  private func paths(_ result: ImgrecCLI.Result) throws -> [String] {
    try result.records().compactMap { $0["path"] as? String }.sorted()
  }

  func testKilledWorkersAndARestartedRedisLoseNothing() throws {
    try photos(1200)
    let server = try RedisServer(["--appendonly", "yes"])
    let url = "redis://\(server.address)/photos"
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
    let collect = try start(["collect", "--queue", url, "-o", "out.jsonl"])
    for n in 0..<6 {
      let victim = try worker(url, "--decoders", "1")
      usleep(UInt32(150_000 + 60_000 * n))
      kill(victim.processIdentifier, SIGKILL)
      if n == 3 {
        server.kill()
        usleep(300_000)
        try server.start()
      }
    }
    let last = try worker(url, "--until-empty")
    last.waitUntilExit()
    collect.waitUntilExit()
    XCTAssertEqual(last.terminationStatus, 0)
    XCTAssertEqual(collect.terminationStatus, 0)
    let lines = try Data(contentsOf: folder.appendingPathComponent("out.jsonl")).split(separator: UInt8(ascii: "\n"))
    let paths = try lines.map { try JSONSerialization.jsonObject(with: $0) as? [String: Any] }
    XCTAssertEqual(paths.compactMap { $0?["path"] as? String }.sorted(), (0..<1200).map { "photos/\($0).jpg" }.sorted())
    XCTAssertTrue(paths.allSatisfy { $0?["status"] as? String == "ok" })
    let status = try run("queue", "status", "--json", "--queue", url)
    XCTAssertTrue(status.text.contains("\"waiting\":0,\"held\":0,\"done\":0,\"dead\":0"), status.text)
  }

  /// An image so large that the worker can be killed while it has it in hand, each time.
  func testAnItemThatTakesItsWorkersAlongIsADeadLetter() throws {
    try photos(30)
    let header = Data("P6\n6900 7200\n255\n".utf8)
    let poison = folder.appendingPathComponent("photos/poison.ppm")
    try header.write(to: poison)
    let file = try FileHandle(forWritingTo: poison)
    try file.truncate(atOffset: UInt64(header.count + 6900 * 7200 * 3))
    try file.close()
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    let todo = "imgrec:queue:{photos:0}:todo"
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
    // The last of the folder.
    let entry = try XCTUnwrap(server.cli("xrevrange", todo, "+", "-", "count", "1").split(separator: "\n").first)
    var kills = 0
    for _ in 0..<20 where try server.cli("xlen", todo) != "0" {
      let victim = try worker(url, "--deliveries", "3", "--in-hand", "8")
      let end = Date() + 10
      while victim.isRunning, Date() < end, try server.cli("xlen", todo) != "0" {
        // Killed as soon as it has the poison in hand (a lease of one second, renewed every third of it).
        let held = try server.cli("xpending", todo, "imgrec", String(entry), String(entry), "1").split(separator: "\n")
        if held.count == 4, Int(held[2]) ?? 9999 < 300,
          try server.cli("xinfo", "consumers", todo, "imgrec").contains("-\(victim.processIdentifier)-"),
          held[1].contains("-\(victim.processIdentifier)-")
        {
          kill(victim.processIdentifier, SIGKILL)
          kills += 1
          break
        }
      }
      if victim.isRunning { kill(victim.processIdentifier, SIGKILL) }
      victim.waitUntilExit()
    }
    XCTAssertEqual(kills, 3)
    let collected = try run("collect", "--queue", url)
    XCTAssertEqual(collected.status, 1, collected.err)
    let records = try collected.records()
    XCTAssertEqual(Set(records.compactMap { $0["path"] as? String }).count, 31)
    XCTAssertEqual(records.count, 31)
    let failed = records.filter { $0["status"] as? String == "error" }
    XCTAssertEqual(failed.map { $0["path"] as? String }, ["photos/poison.ppm"])
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
      first.err.contains("31 submitted, 29 of them answered from the cache; 0 already in the queue"), first.err)
    let status = try run(["queue", "status", "--json", "--queue", url])
    XCTAssertTrue(
      status.text.contains("\"waiting\":2,\"held\":0,\"done\":29,\"dead\":0,\"submitted\":31,\"finished\":29"),
      status.text)
    let second = try run(submit)
    XCTAssertTrue(
      second.err.contains("0 submitted, 0 of them answered from the cache; 31 already in the queue"), second.err)
    XCTAssertEqual(try run(["worker", "--queue", url, "--until-empty"]).status, 0)
    let records = try run(["collect", "--queue", url]).records()
    XCTAssertEqual(records.count, 31)
    XCTAssertEqual(count(records, "hit"), 30)
    let scan = try run(["scan", "photos", "--cache", "off"] + model).records()
    XCTAssertEqual(Set(try ImgrecCLI.essence(records)), Set(try ImgrecCLI.essence(scan)))

    // By digest all are known, and nobody works.
    let third = try run(submit + ["--digest"])
    XCTAssertTrue(third.err.contains("31 submitted, 31 of them answered from the cache"), third.err)
    XCTAssertEqual(try run(["collect", "--queue", url]).records().count, 31)
    let inline = try run(submit.map { $0 == url ? url + "2" : $0 } + ["--inline", "1M"])
    XCTAssertTrue(inline.err.contains("31 submitted, 31 of them answered from the cache"), inline.err)
    let through = try run(["scan", "photos", "--queue", url] + model)
    XCTAssertEqual(try through.records().count, 31)
    // What others call by the same name may be another network.
    try server.cli("hset", "imgrec:queue:{photos}:meta", "models", "other@12345678")
    let other = try run(submit)
    XCTAssertTrue(other.err.contains("31 submitted, 0 of them answered from the cache"), other.err)
    XCTAssertTrue(other.err.contains("no cached result is used"), other.err)
    XCTAssertTrue(try run(submit + ["--cache", "off"]).err.contains("31 already in the queue"))
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
    XCTAssertTrue(submit.err.contains("20 submitted, 0 of them answered"), submit.err)
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
    XCTAssertTrue(records.allSatisfy { $0["status"] as? String == "ok" && $0["bytes"] as? Int == 33507 })
  }

  func testACollectThatWasKilledGoesOn() throws {
    try photos(600)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
    let worker = try worker(url, "--decoders", "1")
    let file = folder.appendingPathComponent("out.jsonl")
    for _ in 0..<2 {
      let collect = try start(["collect", "--queue", url, "-o", "out.jsonl", "--resume"])
      usleep(150_000)
      kill(collect.processIdentifier, SIGKILL)
      collect.waitUntilExit()
    }
    let before = (try? Data(contentsOf: file).count) ?? 0
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
    XCTAssertEqual(paths.sorted(), (0..<600).map { "photos/\($0).jpg" }.sorted(), "\(before) bytes before")
  }

  func testNoPasswordIsEverShown() throws {
    try photos(20)
    let server = try RedisServer(["--requirepass", "h1dden"])
    let url = "redis://default:h1dden@\(server.address)/photos"
    let worker = try start(["worker", "-v", "--queue", url])
    usleep(300_000)
    let title = try String(contentsOfFile: "/proc/\(worker.processIdentifier)/cmdline", encoding: .utf8)
    XCTAssertFalse(title.contains("h1dden"), title)
    let scan = try ImgrecCLI.run(["scan", "photos", "-v", "--queue", url] + model, folder: folder)
    XCTAssertEqual(try scan.records().count, 20)
    server.kill()
    usleep(600_000)
    kill(worker.processIdentifier, SIGKILL)
    worker.waitUntilExit()
    let status = try run("queue", "status", "--queue", url)
    XCTAssertEqual(status.status, 2)
    let log = try String(contentsOf: folder.appendingPathComponent("log.0"), encoding: .utf8)
    XCTAssertTrue(log.contains("waiting for it"), log)
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
