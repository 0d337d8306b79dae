import Foundation
import RedisTestSupport
import Synchronization
import TestSupport
import XCTest

/// A fallback that answers while the first model is slow, by the real executable and networks of real cost.
final class FallbackLatencyTests: XCTestCase {
  private let (first, standby) = ("mobilenet_v2", "squeezenet_1_1")
  private var folder = URL(fileURLWithPath: "/")
  private var cache: [String: String] { ["XDG_CACHE_HOME": folder.appendingPathComponent("cache").path] }

  override func setUpWithError() throws {
    try ImgrecCLI.pull(first, standby)
    folder = try ImgrecCLI.temporaryFolder()
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func run(_ arguments: [String]) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(arguments, environment: cache, folder: folder)
  }

  /// A scan of the photos with a limit that the first model cannot keep, and no trial before the end.
  private func scan(_ more: String...) throws -> ImgrecCLI.Result {
    let fallback = ["-m", first, "--fallback", standby, "--fallback-latency", "1ms", "--fallback-pause", "1h"]
    return try run(["scan", "photos", "--summary", "s", "--on-exists", "overwrite"] + fallback + more)
  }

  private func summary() throws -> [String: Any] {
    try ImgrecCLI.summary(folder.appendingPathComponent("s"))
  }

  private func breaker() throws -> [String: Any] {
    try XCTUnwrap((summary()["breakers"] as? [[String: Any]])?.first)
  }

  private func model(_ record: [String: Any]) -> String {
    String(((record["models"] as? [String: String])?["classify"] ?? "").prefix { $0 != "@" })
  }

  func testOverTheLimitTheFallbackAnswersAndSaysSo() throws {
    try ImgrecCLI.copies(60, in: folder)
    ImgrecCLI.settle()
    let cold = try scan("--metrics", "m")
    XCTAssertEqual(cold.status, 0, cold.err)
    let records = try cold.records()
    XCTAssertEqual(Set(records.compactMap { $0["path"] as? String }).count, 60)
    let own = records.filter { model($0) == first }.count
    // Ten images decide; others may be inside the network then.
    XCTAssertTrue((10..<60).contains(own), "\(own)")
    XCTAssertEqual(records.filter { model($0) == standby }.count, 60 - own)
    let counts = try breaker()
    XCTAssertEqual(counts["state"] as? String, "open")
    XCTAssertEqual(counts["answered"] as? Int, own)
    XCTAssertEqual(counts["fell_back"] as? Int, 60 - own)
    XCTAssertEqual(counts["opened_by_latency"] as? Int, 1)
    XCTAssertEqual(counts["opened_by_failures"] as? Int, 0)
    XCTAssertEqual(try summary()["breaker_openings"] as? Int, 1)
    XCTAssertTrue(cold.err.contains("of its last images, over the limit of 1 ms: \(standby) answers"), cold.err)
    XCTAssertTrue(cold.err.contains("fallback: answered \(60 - own) of 60 (\(standby)@"), cold.err)
    let metrics = try String(contentsOf: folder.appendingPathComponent("m"), encoding: .utf8)
    for line in [
      "imgrec_breaker_openings_total{task=\"classify\",reason=\"latency\"} 1\n",
      "imgrec_breaker_state{task=\"classify\",state=\"open\"} 1\n",
      "imgrec_breaker_state{task=\"classify\",state=\"closed\"} 0\n",
    ] { XCTAssertTrue(metrics.contains(line), metrics) }
    // What the fallback answered is not an answer of the first model, which is asked again.
    let warm = try scan()
    XCTAssertEqual(try summary()["cached"] as? Int, own)
    XCTAssertEqual(
      try warm.records().filter { $0["cache"] as? String == "hit" }.map(model), Array(repeating: first, count: own))
  }

  func testARunOfTwoModelsIsResumed() throws {
    try ImgrecCLI.copies(40, in: folder)
    _ = try scan("-o", "r.jsonl", "--cache", "off")
    let file = folder.appendingPathComponent("r.jsonl")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    XCTAssertEqual(lines.count, 40)
    XCTAssertTrue(lines[35].contains("\(standby)@"), "the last are the fallback's")
    try (lines[..<36].joined(separator: "\n") + "\n").write(to: file, atomically: true, encoding: .utf8)
    let resumed = try run([
      "scan", "photos", "--summary", "s", "--on-exists", "overwrite", "-o", "r.jsonl", "--resume", "--cache", "off",
      "-m", first, "--fallback", standby, "--fallback-latency", "10m",
    ])
    XCTAssertEqual(resumed.status, 0, resumed.err)
    XCTAssertEqual(try summary()["ok"] as? Int, 4)
    let records = try ImgrecCLI.records(Data(contentsOf: file))
    XCTAssertEqual(Set(records.compactMap { $0["path"] as? String }).count, 40)
    XCTAssertEqual(records.suffix(4).map(model), Array(repeating: first, count: 4))
  }

  func testAWorkerHasAFallbackOfItsOwn() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    let server = try RedisServer()
    let queue = ["--queue", "redis://\(server.address)/photos"]
    try ImgrecCLI.copies(60, in: folder)
    XCTAssertEqual(try run(["submit", "photos", "-m", first] + queue).status, 0)
    let wrong = try run(["worker", "--until-empty", "--fallback", "yolox_nano"] + queue)
    XCTAssertEqual(wrong.status, 64, wrong.err)
    XCTAssertTrue(wrong.err.contains("yolox_nano is for the task detect; the queue has classify"), wrong.err)
    let unknown = try run(["worker", "--until-empty", "--fallback", "squeezenet"] + queue)
    XCTAssertNotEqual(unknown.status, 0)
    XCTAssertTrue(unknown.err.contains("squeezenet"), unknown.err)
    let worker = try run(
      ["worker", "--until-empty", "--cache", "off", "--fallback", standby, "--fallback-latency", "1ms"] + queue)
    XCTAssertEqual(worker.status, 0, worker.err)
    XCTAssertTrue(worker.err.contains("the breaker opened once (latency 1)"), worker.err)
    XCTAssertEqual(try run(["collect", "-o", "r.jsonl"] + queue).status, 0)
    let records = try ImgrecCLI.records(Data(contentsOf: folder.appendingPathComponent("r.jsonl")))
    XCTAssertEqual(records.count, 60)
    XCTAssertEqual(Set(records.map(model)), [first, standby])
  }

  func testMistakesInTheLimit() throws {
    let fallback = ["-m", first, "--fallback", standby]
    for (flags, message, advice) in [
      (["--fallback-latency", "200ms"], "--fallback-latency needs --fallback", "Add --fallback MODEL"),
      (["--fallback-pause", "1s"], "--fallback-pause needs --fallback", "Add --fallback MODEL"),
      (
        fallback + ["--fallback-quantile", ".9"], "--fallback-quantile needs --fallback-latency",
        "Add --fallback-latency TIME"
      ),
      (fallback + ["--fallback-latency", "0"], "'0' is not a time from 1ms to 10m", ""),
      (fallback + ["--fallback-latency", "11m"], "'11m' is not a time from 1ms to 10m", ""),
      (fallback + ["--fallback-latency", "200 ms"], "has a space in it", "Did you mean 200ms?"),
      (fallback + ["--fallback-latency", "-1s"], "negative", ""),
      (fallback + ["--fallback-latency", "fast"], "'fast' is not a time such as", ""),
      (
        fallback + ["--fallback-latency", "1s", "--fallback-quantile", "1"], "--fallback-quantile is from 0.5 to 0.99",
        "Use --fallback-quantile 0.99"
      ),
    ] {
      let result = try run(["scan", "photos"] + flags)
      XCTAssertEqual(result.status, 64, "\(flags)")
      XCTAssertTrue(result.err.contains(message) && (advice.isEmpty || result.err.contains(advice)), result.err)
    }
  }

  /// The machine is busy for a while: the process gets the processor for a tenth of the time, by signals, so that the
  /// network's runs take longer for real. What is asserted are the states that are reached, not when.
  func testTheFallbackAnswersWhileTheMachineIsBusyAndNoLonger() throws {
    try ImgrecCLI.copies(40, in: folder)
    let own = try run(["scan", "photos", "-m", first, "--cache", "off"]).records()
    let times = own.compactMap { ($0["ms"] as? [String: Double])?["infer"] }.sorted()
    // Far over what it takes here, whatever else runs on this machine.
    let limit = max(0.2, times[times.count / 2] / 1000 * 10)
    let process = ImgrecCLI.process(
      [
        "scan", "-", "-m", first, "--fallback", standby, "--fallback-latency", "\(Int(limit * 1000))ms",
        "--fallback-pause", "300ms", "--cache", "off", "-o", "r.jsonl", "--summary", "s",
      ], folder: folder)
    let input = try HeldInput()
    let (log, output) = (folder.appendingPathComponent("log"), folder.appendingPathComponent("r.jsonl"))
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    process.standardInput = input.handle
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var sent = 0
    /// Hands the images over one by one, until the models of the records so far are as awaited.
    func feed(_ state: String, until isReached: ([String]) -> Bool) throws {
      var models: [String] = []
      try waitUntil(state, timeout: 300) {
        try input.send(["photos/\(sent % 40).jpg"])
        sent += 1
        try waitUntil("record \(sent)") { ImgrecCLI.lineCount(output) >= sent || !process.isRunning }
        models = try ImgrecCLI.records(Data(contentsOf: output)).map(model)
        return isReached(models) || !process.isRunning
      }
    }
    try feed("the first model answers") { $0.count >= 12 }
    let before = try ImgrecCLI.records(Data(contentsOf: output)).map(model)
    XCTAssertEqual(Array(before.prefix(10)), Array(repeating: first, count: 10))

    let pulses = Pulses(process.processIdentifier, stop: 2 * limit, run: 0.06)
    try feed("the fallback answers") { $0.suffix(3) == [self.standby, self.standby, self.standby] }
    pulses.end()
    // Five trials close it, and one may be slow.
    try feed("the first model answers again") { $0.suffix(8).allSatisfy { $0 == self.first } }
    input.end()
    try waitUntil("the end") { !process.isRunning }
    XCTAssertEqual(process.terminationStatus, 0)
    let records = try ImgrecCLI.records(Data(contentsOf: output))
    XCTAssertEqual(records.count, sent, "one record for each")
    let counts = try breaker()
    XCTAssertEqual(counts["state"] as? String, "closed")
    XCTAssertGreaterThanOrEqual(try XCTUnwrap(counts["opened_by_latency"] as? Int), 1)
    XCTAssertEqual(counts["closings"] as? Int, counts["opened_by_latency"] as? Int)
    XCTAssertEqual(counts["fell_back"] as? Int, records.filter { model($0) == standby }.count)
    XCTAssertEqual(counts["answered"] as? Int, records.filter { model($0) == first }.count)
    let err = try String(contentsOf: log, encoding: .utf8)
    XCTAssertTrue(err.contains("\(standby) answers, next trial in "), err)
    XCTAssertTrue(err.contains("\(first) answers again"), err)
  }
}

/// Stops a process and lets it run again, over and over.
private final class Pulses: Sendable {
  private let isEnded = Atomic(false)
  private let done = DispatchSemaphore(value: 0)

  /// Seconds of each.
  init(_ process: pid_t, stop: Double, run: Double) {
    DispatchQueue.global().async {
      while !self.isEnded.load(ordering: .relaxed) {
        kill(process, SIGSTOP)
        usleep(UInt32(stop * 1e6))
        kill(process, SIGCONT)
        usleep(UInt32(run * 1e6))
      }
      self.done.signal()
    }
  }

  func end() {
    isEnded.store(true, ordering: .relaxed)
    done.wait()
  }
}
