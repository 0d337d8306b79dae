import Foundation
import RedisTestSupport
import XCTest

/// Results that are kept and used again, and runs that go on where they were killed.
final class CacheTests: XCTestCase {
  private let model = ["--model", ImgrecCLI.fixtures.appendingPathComponent("models/classes.onnx").path]
  private var folder = URL(fileURLWithPath: "/")
  private var cache: [String: String] { ["XDG_CACHE_HOME": folder.appendingPathComponent("cache").path] }

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func photos(_ count: Int) throws {
    try ImgrecCLI.copies(count, in: folder)
    ImgrecCLI.settle()
  }

  private func scan(_ flags: String..., environment: [String: String] = [:]) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(
      ["scan", "photos", "--summary", "told"] + model + flags, environment: cache.merging(environment) { $1 },
      folder: folder)
  }

  private func told(_ key: String) throws -> Int? {
    let data = try Data(contentsOf: folder.appendingPathComponent("told"))
    return (try JSONSerialization.jsonObject(with: data) as? [String: Any])?[key] as? Int
  }

  func testASecondRunReadsNothingAndSaysTheSame() throws {
    try photos(300)
    let cold = try scan()
    XCTAssertEqual(try told("cached"), 0)
    let warm = try scan()
    XCTAssertEqual(try told("cached"), 300)
    XCTAssertEqual(try told("bytes"), 0)
    XCTAssertEqual(try ImgrecCLI.essence(cold.records()), try ImgrecCLI.essence(warm.records()))
    XCTAssertEqual(Set(try warm.records().map { $0["cache"] as? String }), ["hit"])
    XCTAssertEqual(try scan("--format", "csv").out, try scan("--format", "csv", "--cache", "off").out)
    try FileManager.default.moveItem(
      at: folder.appendingPathComponent("photos/7.jpg"), to: folder.appendingPathComponent("photos/moved.jpg"))
    _ = try scan()
    XCTAssertEqual(try told("cached"), 300, "a renamed file is known")
    _ = try scan("--top", "1")
    XCTAssertEqual(try told("cached"), 0, "another question")
    XCTAssertEqual(try Set(scan("--cache", "refresh").records().map { $0["cache"] as? String }), ["miss"])
    XCTAssertEqual(try ImgrecCLI.run(["cache", "verify"], environment: cache).text, "ok\n")
  }

  func testAFileThatChangedIsRecognisedAnew() throws {
    try photos(3)
    _ = try scan()
    let other = try Data(contentsOf: ImgrecCLI.fixtures.appendingPathComponent("images/rgb.jpg"))
    let file = folder.appendingPathComponent("photos/1.jpg")
    try other.write(to: file)
    let records = try scan().records()
    XCTAssertEqual(records.map { $0["cache"] as? String }, ["hit", "miss", "hit"])
    XCTAssertEqual(records[1]["bytes"] as? Int, other.count)
  }

  func testALimitThatWouldRefuseTheImageStillDoes() throws {
    try photos(2)
    _ = try scan()
    let records = try scan("--max-pixels", "1000").records()
    XCTAssertEqual(
      records.map { ($0["error"] as? [String: Any])?["code"] as? String }, ["too_many_pixels", "too_many_pixels"])
  }

  func testABrokenStoreCostsAWarning() throws {
    try photos(20)
    let store = folder.appendingPathComponent("cache/imgrec/results.sqlite")
    try FileManager.default.createDirectory(at: store.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("no database".utf8).write(to: store)
    let result = try scan()
    XCTAssertEqual(result.status, 0)
    XCTAssertEqual(try result.records().count, 20)
    XCTAssertTrue(result.err.contains("warning: cache"), result.err)
    XCTAssertEqual(try told("cache_faults"), 1)
    XCTAssertEqual(try ImgrecCLI.run(["cache", "clear"], environment: cache).status, 0)
    _ = try scan()
    _ = try scan()
    XCTAssertEqual(try told("cached"), 20)
  }

  func testTwoProcessesShareAStore() throws {
    try photos(400)
    let runs = ["a", "b"].map { name in
      ImgrecCLI.process(["scan", "photos", "-q", "-o", name] + model, environment: cache, folder: folder)
    }
    for run in runs { try run.run() }
    for run in runs { run.waitUntilExit() }
    XCTAssertEqual(runs.map(\.terminationStatus), [0, 0])
    XCTAssertEqual(try ImgrecCLI.run(["cache", "verify"], environment: cache).text, "ok\n")
    _ = try scan()
    XCTAssertEqual(try told("cached"), 400)
  }

  func testKilledAtRandomMomentsThenResumed() throws {
    try photos(1500)
    let whole = try ImgrecCLI.essence(scan("--cache", "off").records())
    let flags = ["scan", "photos", "-q", "--cache", "off", "-o", "r.jsonl", "--resume"] + model
    let file = folder.appendingPathComponent("r.jsonl")
    for _ in 0..<20 {
      try? FileManager.default.removeItem(at: file)
      let process = ImgrecCLI.process(flags, folder: folder)
      try process.run()
      usleep(.random(in: 50_000...900_000))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let result = try ImgrecCLI.run(flags, folder: folder)
      XCTAssertEqual(result.status, 0, result.err)
      let records = try ImgrecCLI.Result(status: 0, out: Data(contentsOf: file), err: "", seconds: 0).records()
      XCTAssertEqual(try ImgrecCLI.essence(records), whole)
    }
    let other = ImgrecCLI.fixtures.appendingPathComponent("models/single.onnx").path
    XCTAssertNotEqual(try ImgrecCLI.run(flags + ["--model", other], folder: folder).status, 0)
    XCTAssertEqual(try ImgrecCLI.run(["scan", "photos", "--resume"] + model, folder: folder).status, 64)
  }

  func testRedisThatDiesSleepsOrIsFullLosesNoRecord() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    try photos(1500)
    let whole = try ImgrecCLI.essence(scan("--cache", "off").records())
    func check(_ server: RedisServer, _ what: String, _ harm: () throws -> Void) throws {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent("cache"))
      let process = ImgrecCLI.process(
        ["scan", "photos", "-o", "r.jsonl", "--summary", "told", "--cache", "redis://\(server.address)?timeout=0.2"]
          + model, environment: cache, folder: folder)
      process.standardError = FileHandle.nullDevice
      try process.run()
      usleep(300_000)
      try harm()
      process.waitUntilExit()
      let out = try Data(contentsOf: folder.appendingPathComponent("r.jsonl"))
      let records = try ImgrecCLI.Result(status: 0, out: out, err: "", seconds: 0).records()
      XCTAssertEqual(try ImgrecCLI.essence(records), whole, what)
      XCTAssertGreaterThan(try told("cache_faults") ?? 0, 0, what)
    }
    let server = try RedisServer(["--enable-debug-command", "yes"])
    try check(server, "paused") {
      let port = "\(server.port)"
      Thread.detachNewThread { _ = try? RedisServer.cli(["-p", port, "debug", "sleep", "2"]) }
    }
    sleep(2)
    try check(server, "killed") { server.kill() }
    try check(server, "away from the start") {}
    try check(try RedisServer(["--maxmemory", "1mb"]), "full") {}
  }

  func testNoPasswordIsEverShown() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    try photos(400)
    let server = try RedisServer(["--requirepass", "h1dden"])
    let process = ImgrecCLI.process(
      ["scan", "photos", "-v", "-o", "r.jsonl", "--cache", "redis://default:h1dden@\(server.address)"] + model,
      environment: cache, folder: folder)
    let log = folder.appendingPathComponent("log")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    usleep(150_000)
    let title = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/cmdline", encoding: .utf8)
    process.waitUntilExit()
    XCTAssertFalse(title?.contains("h1dden") ?? false)
    for file in ["log", "r.jsonl"] {
      XCTAssertFalse(try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8).contains("h1dden"))
    }
    XCTAssertEqual(
      Int(try RedisServer.cli(["-p", "\(server.port)", "-a", "h1dden", "dbsize"])), 400, "the password was right")
    let wrong = try scan("--cache", "redis://default:wr0ng@\(server.address)/x")
    XCTAssertEqual(wrong.status, 64)
    XCTAssertFalse(wrong.err.contains("wr0ng"))
  }
}
