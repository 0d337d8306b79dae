import Foundation
import RedisTestSupport
import TestSupport
import XCTest

/// Results that are kept and used again, and runs that go on where they were killed.
final class CacheTests: XCTestCase {
  private let model = ["--model", ImgrecCLI.instantModel]
  private var folder = URL(fileURLWithPath: "/")
  private var cache: [String: String] { ["XDG_CACHE_HOME": folder.appendingPathComponent("cache").path] }

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  /// Writes `count` images into `folder`/photos. With `trusted`, returns when a store trusts their stamps.
  private func photos(_ count: Int, trusted: Bool = false) throws {
    try ImgrecCLI.copies(count, in: folder)
    if trusted { ImgrecCLI.settle() }
  }

  private func scan(_ flags: String..., environment: [String: String] = [:]) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(
      ["scan", "photos", "--summary", "summary"] + model + flags, environment: cache.merging(environment) { $1 },
      folder: folder)
  }

  private func summary(_ key: String) throws -> Int? {
    try ImgrecCLI.summary(folder.appendingPathComponent("summary"))[key] as? Int
  }

  /// Starts a scan of the paths that `input` brings, with its records in `output`.
  private func start(_ output: String, _ input: HeldInput, _ flags: [String]) throws -> Process {
    let process = ImgrecCLI.process(
      ["scan", "-", "-o", output] + model + flags, environment: cache, folder: folder)
    process.standardInput = input.handle
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  private func lineCount(_ name: String) -> Int { ImgrecCLI.lineCount(folder.appendingPathComponent(name)) }

  private func records(_ name: String) throws -> [[String: Any]] {
    try ImgrecCLI.records(Data(contentsOf: folder.appendingPathComponent(name)))
  }

  /// The paths of `records`, in their order.
  private func paths(_ records: [[String: Any]]) -> [String] { records.compactMap { $0["path"] as? String } }

  /// Weights in a file beside their network may change while that stays as it is.
  func testOtherWeightsGiveOtherAnswers() throws {
    try photos(2, trusted: true)
    for name in ["external.onnx", "external.onnx.data"] {
      try FileManager.default.copyItem(
        at: ImgrecCLI.fixtures.appendingPathComponent("models/\(name)"), to: folder.appendingPathComponent(name))
    }
    let card = ImgrecCLI.fixtures.appendingPathComponent("models/classes.json").path
    func run() throws -> ([String], cached: Int?) {
      let result = try ImgrecCLI.run(
        ["scan", "photos", "--summary", "summary", "--model", "external.onnx", "--card", card, "--engine", "opencv"],
        environment: cache, folder: folder)
      XCTAssertEqual(result.status, 0, result.err)
      let classes = try result.records().flatMap { $0["classify"] as? [[String: Any]] ?? [] }
      return (classes.map { "\($0["id"] ?? "") \($0["score"] ?? "")" }, try summary("cached"))
    }
    let (first, _) = try run()
    XCTAssertEqual(first.count, 6)
    XCTAssertEqual(try run().cached, 2)
    let weights = folder.appendingPathComponent("external.onnx.data")
    let whole = try Data(contentsOf: weights)
    // The signs of all weights.
    try Data(whole.enumerated().map { $0.offset % 4 == 3 ? $0.element ^ 0x80 : $0.element }).write(to: weights)
    let (changed, cached) = try run()
    XCTAssertEqual(cached, 0)
    XCTAssertNotEqual(changed, first)
    try FileManager.default.removeItem(at: weights)
    let missing = try ImgrecCLI.run(
      ["scan", "photos", "--model", "external.onnx", "--card", card], environment: cache, folder: folder)
    XCTAssertEqual(missing.status, 2)
    XCTAssertTrue(missing.err.contains("external.onnx.data, which has the weights of"), missing.err)
    XCTAssertTrue(missing.err.contains("Keep it beside the network"), missing.err)
    try whole.write(to: weights)
    let (restored, again) = try run()
    XCTAssertEqual(again, 2)
    XCTAssertEqual(restored, first)
  }

  func testASecondRunReadsNothingAndSaysTheSame() throws {
    try photos(300, trusted: true)
    let cold = try scan()
    XCTAssertEqual(try summary("cached"), 0)
    let warm = try scan()
    XCTAssertEqual(try summary("cached"), 300)
    XCTAssertEqual(try summary("bytes"), 0)
    XCTAssertEqual(try ImgrecCLI.essence(cold.records()), try ImgrecCLI.essence(warm.records()))
    XCTAssertEqual(Set(try warm.records().map { $0["cache"] as? String }), ["hit"])
    XCTAssertEqual(try scan("--format", "csv").out, try scan("--format", "csv", "--cache", "off").out)
    try FileManager.default.moveItem(
      at: folder.appendingPathComponent("photos/7.jpg"), to: folder.appendingPathComponent("photos/moved.jpg"))
    _ = try scan()
    XCTAssertEqual(try summary("cached"), 300, "a renamed file is known")
    _ = try scan("--top", "1")
    XCTAssertEqual(try summary("cached"), 0, "another question")
    XCTAssertEqual(try Set(scan("--cache", "refresh").records().map { $0["cache"] as? String }), ["miss"])
    XCTAssertEqual(try ImgrecCLI.run(["cache", "verify"], environment: cache).text, "ok\n")
  }

  func testAFileThatChangedIsRecognisedAnew() throws {
    try photos(3, trusted: true)
    _ = try scan()
    let other = try Data(contentsOf: ImgrecCLI.fixtures.appendingPathComponent("images/rgb.jpg"))
    let file = folder.appendingPathComponent("photos/1.jpg")
    try other.write(to: file)
    let records = try scan().records()
    XCTAssertEqual(records.map { $0["cache"] as? String }, ["hit", "miss", "hit"])
    XCTAssertEqual(records[1]["bytes"] as? Int, other.count)
  }

  func testALimitThatWouldRefuseTheImageStillDoes() throws {
    try photos(2, trusted: true)
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
    XCTAssertEqual(try summary("cache_faults"), 1)
    XCTAssertEqual(try ImgrecCLI.run(["cache", "clear"], environment: cache).status, 0)
    _ = try scan()
    _ = try scan()
    XCTAssertEqual(try summary("cached"), 20)
  }

  func testTwoProcessesShareAStore() throws {
    try photos(400)
    let paths = paths(try scan("--cache", "off").records())
    let (names, inputs) = (["a", "b"], [try HeldInput(), try HeldInput()])
    let runs = try zip(names, inputs).map { try start($0, $1, ["-q"]) }
    // Each has written one half before either gets the other: both are at work at once.
    for input in inputs { try input.send(paths.prefix(200)) }
    try waitUntil("both have written their first half") { names.allSatisfy { lineCount($0) == 200 } }
    for input in inputs {
      try input.send(paths.dropFirst(200))
      input.end()
    }
    for run in runs { run.waitUntilExit() }
    XCTAssertEqual(runs.map(\.terminationStatus), [0, 0])
    XCTAssertEqual(try ImgrecCLI.run(["cache", "verify"], environment: cache).text, "ok\n")
    _ = try scan()
    XCTAssertEqual(try summary("cached"), 400)
  }

  func testKilledAtRandomMomentsThenResumed() throws {
    try photos(200)
    let all = try scan("--cache", "off").records()
    let (whole, paths) = (try ImgrecCLI.essence(all), paths(all))
    let list = Data((paths.joined(separator: "\n") + "\n").utf8)
    let flags = ["-q", "--cache", "off", "--resume"]
    let arguments = ["scan", "-", "-o", "r.jsonl"] + model + flags
    for round in 0..<20 {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent("r.jsonl"))
      // The list is not at its end, so the run is not either. It is killed while it works on what it has got, or when
      // that is done.
      let input = try HeldInput()
      let process = try start("r.jsonl", input, flags)
      let sent = Int.random(in: 1..<paths.count)
      let count = round.isMultiple(of: 4) ? sent : Int.random(in: 1...sent)
      try input.send(paths.prefix(sent))
      try waitUntil("\(count) records are written") { lineCount("r.jsonl") >= count }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      XCTAssertEqual(process.terminationReason, .uncaughtSignal)
      XCTAssertTrue((count...sent).contains(lineCount("r.jsonl")))
      let result = try ImgrecCLI.run(arguments, input: list, folder: folder)
      XCTAssertEqual(result.status, 0, result.err)
      XCTAssertEqual(try ImgrecCLI.essence(records("r.jsonl")), whole)
    }
    let other = ImgrecCLI.fixtures.appendingPathComponent("models/single.onnx").path
    XCTAssertNotEqual(try ImgrecCLI.run(arguments + ["--model", other], input: list, folder: folder).status, 0)
    XCTAssertEqual(try ImgrecCLI.run(["scan", "photos", "--resume"] + model, folder: folder).status, 64)
  }

  func testRedisThatStopsDiesOrIsFullLosesNoRecord() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    try photos(300)
    let all = try scan("--cache", "off").records()
    let (whole, paths) = (try ImgrecCLI.essence(all), paths(all))
    let server = try RedisServer()
    let flags = ["--summary", "summary", "--cache", "redis://\(server.address)?timeout=0.2"]

    /// Scans the first third with a Redis that takes the answers, then the second after `harm`, and the last after
    /// `relief`.
    func check(_ name: String, harm: () throws -> Void, relief: () throws -> Void = {}) throws {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent("cache"))
      try? FileManager.default.removeItem(at: folder.appendingPathComponent("r.jsonl"))
      try server.cli("flushall")
      let input = try HeldInput()
      let process = try start("r.jsonl", input, flags)
      try input.send(paths[..<100])
      try waitUntil("\(name): a third is written, and kept in Redis") {
        try lineCount("r.jsonl") == 100 && server.cli("dbsize") == "100"
      }
      try harm()
      try input.send(paths[100..<200])
      try waitUntil("\(name): a second third is written") { lineCount("r.jsonl") == 200 }
      try relief()
      try input.send(paths[200...])
      input.end()
      process.waitUntilExit()
      XCTAssertEqual(process.terminationStatus, 0, name)
      XCTAssertEqual(try ImgrecCLI.essence(records("r.jsonl")), whole, name)
      XCTAssertGreaterThan(try summary("cache_faults") ?? 0, 0, name)
    }
    try check("stopped", harm: server.suspend, relief: server.resume)
    try check("full") { try server.cli("config", "set", "maxmemory", "1") }
    try server.cli("config", "set", "maxmemory", "0")
    try check("killed", harm: server.kill)
    try server.start()
    try check("killed and restarted", harm: server.kill, relief: server.start)
    // Away from the start, with no answer kept elsewhere.
    server.kill()
    try? FileManager.default.removeItem(at: folder.appendingPathComponent("cache"))
    let result = try scan("--cache", "redis://\(server.address)?timeout=0.2")
    XCTAssertEqual(try ImgrecCLI.essence(result.records()), whole)
    XCTAssertGreaterThan(try summary("cache_faults") ?? 0, 0)
  }

  func testNoPasswordIsEverShown() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    try photos(100)
    let server = try RedisServer(["--requirepass", "h1dden"])
    func keys() throws -> Int? {
      Int(try RedisServer.cli(["-p", "\(server.port)", "-a", "h1dden", "dbsize"]))
    }
    let process = ImgrecCLI.process(
      ["scan", "-", "-v", "-o", "r.jsonl", "--cache", "redis://default:h1dden@\(server.address)"] + model,
      environment: cache, folder: folder)
    let log = folder.appendingPathComponent("log")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    let input = try HeldInput()
    process.standardInput = input.handle
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    try input.send((0..<50).map { "photos/\($0).jpg" })
    try waitUntil("Redis has the first answers, for which the password was right") { try keys() == 50 }
    let title = try String(contentsOfFile: "/proc/\(process.processIdentifier)/cmdline", encoding: .utf8)
    XCTAssertTrue(title.contains(server.address), title)
    XCTAssertFalse(title.contains("h1dden"), title)
    try input.send((50..<100).map { "photos/\($0).jpg" })
    input.end()
    process.waitUntilExit()
    for file in ["log", "r.jsonl"] {
      XCTAssertFalse(try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8).contains("h1dden"))
    }
    XCTAssertEqual(try keys(), 100)
    let wrong = try scan("--cache", "redis://default:wr0ng@\(server.address)/x")
    XCTAssertEqual(wrong.status, 64)
    XCTAssertFalse(wrong.err.contains("wr0ng"))
  }
}
