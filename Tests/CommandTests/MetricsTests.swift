import Foundation
import RedisTestSupport
import TestSupport
import XCTest

/// What runs serve at `--listen` and write with `--metrics`.
final class MetricsTests: XCTestCase {
  private let model = ["-m", ImgrecCLI.instantModel]
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func paths(_ range: Range<Int>) -> [String] { range.map { "photos/\($0).jpg" } }

  private func text(_ name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
  }

  // MARK: Values

  /// The page follows the records while the run lasts, and the file has what the last page had.
  func testAScanServesWhatItsRecordsSay() throws {
    try ImgrecCLI.copies(20, in: folder)
    try Data("no image".utf8).write(to: folder.appendingPathComponent("photos/7.jpg"))
    let input = try HeldInput()
    let run = try MonitoredRun(
      ["scan", "-", "--cache", "sqlite:answers", "-o", "records.jsonl", "--metrics", "end.prom"] + model,
      folder: folder, input: input.handle)
    XCTAssertEqual(try run.get("/healthz").body, "ok\n")
    try waitUntil("the models are open") { try run.get("/readyz").status == 200 }
    XCTAssertEqual(try run.value("imgrec_ready"), 1)
    try input.send(paths(0..<12) + ["photos/gone.jpg"])
    try waitUntil("13 records") { try run.value("imgrec_wall_seconds") != nil && done(run) == 13 }
    var page = try run.get("/metrics").body
    XCTAssertEqual(MonitoredRun.value("imgrec_images_total{status=\"ok\"}", in: page), 11)
    XCTAssertEqual(MonitoredRun.value("imgrec_images_total{status=\"failed\"}", in: page), 2)
    XCTAssertEqual(MonitoredRun.value("imgrec_failures_total{code=\"not_found\"}", in: page), 1)
    XCTAssertEqual(MonitoredRun.value("imgrec_failures_total{code=\"unknown_format\"}", in: page), 1)
    XCTAssertEqual(MonitoredRun.value("imgrec_failures_total{code=\"timeout\"}", in: page), 0)
    XCTAssertEqual(MonitoredRun.value("imgrec_images_in_flight", in: page), 0)
    // The damaged file was read, and no picture.
    XCTAssertEqual(MonitoredRun.value("imgrec_stage_seconds_count{stage=\"read\"}", in: page), 12)
    XCTAssertEqual(MonitoredRun.value("imgrec_stage_seconds_count{stage=\"decode\"}", in: page), 11)
    XCTAssertEqual(MonitoredRun.value("imgrec_stage_seconds_count{stage=\"write\"}", in: page), 13)
    XCTAssertEqual(MonitoredRun.value("imgrec_image_seconds_count", in: page), 11)
    XCTAssertEqual(MonitoredRun.value("imgrec_batch_images_sum", in: page), 11)
    XCTAssertEqual(MonitoredRun.value("imgrec_cache_misses_total", in: page), 11)
    XCTAssertEqual(MonitoredRun.value("imgrec_cache_hits_total", in: page), 0)
    let bytes = try paths(0..<12).map {
      try FileManager.default.attributesOfItem(atPath: folder.appendingPathComponent($0).path)[.size] as? Int ?? 0
    }
    XCTAssertEqual(MonitoredRun.value("imgrec_read_bytes_total", in: page), Double(bytes.reduce(0, +)))
    let answers = page.split(separator: "\n").filter { $0.hasPrefix("imgrec_answers_total{") }
    XCTAssertEqual(answers.count, 1)
    XCTAssertTrue(answers[0].hasSuffix(" 11"), "\(answers)")

    // The same file twice: the second has its answer from the cache, and counts there.
    try input.send(paths(0..<12))
    try waitUntil("25 records") { try done(run) == 25 }
    page = try run.get("/metrics").body
    XCTAssertEqual(MonitoredRun.value("imgrec_cache_hits_total", in: page), 11)
    XCTAssertEqual(MonitoredRun.value("imgrec_image_seconds_count", in: page), 11)
    input.end()
    run.process.waitUntilExit()
    XCTAssertEqual(run.process.terminationStatus, 1, run.logged)
    XCTAssertEqual(ImgrecCLI.lineCount(folder.appendingPathComponent("records.jsonl")), 25)
    let end = try text("end.prom")
    // Of the process' own state only the page has samples; all other families are those of the file.
    let differing = MonitoredRun.families(page).symmetricDifference(MonitoredRun.families(end))
    XCTAssertEqual(
      Set(differing.filter { !$0.hasPrefix("process_") }), ["imgrec_ready", "imgrec_images_in_flight"])
    for sample in ["imgrec_images_total{status=\"ok\"}", "imgrec_read_bytes_total", "imgrec_image_seconds_count"] {
      XCTAssertEqual(MonitoredRun.value(sample, in: end), MonitoredRun.value(sample, in: page), sample)
    }
    try assertSound(page)
    try assertSound(end)
  }

  private func done(_ run: MonitoredRun) throws -> Double {
    let page = try run.get("/metrics").body
    return ["ok", "failed"].reduce(0) {
      $0 + (MonitoredRun.value("imgrec_images_total{status=\"\($1)\"}", in: page) ?? 0)
    }
  }

  /// A page is what promtool accepts, without a remark.
  private func assertSound(_ page: String, file: StaticString = #filePath, line: UInt = #line) throws {
    let result = try Prometheus.promtool(["check", "metrics"], input: page)
    XCTAssertEqual(result.status, 0, result.text, file: file, line: line)
    XCTAssertEqual(result.text, "", file: file, line: line)
  }

  /// Both formats have the same samples; OpenMetrics ends with its mark, and only it has units.
  func testFormats() throws {
    let input = try HeldInput()
    let run = try MonitoredRun(["scan", "-", "--cache", "off"] + model, folder: folder, input: input.handle)
    try waitUntil("the models are open") { try run.get("/readyz").status == 200 }
    let plain = try run.get("/metrics")
    let open = try run.get("/metrics", accept: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    XCTAssertEqual(plain.fields["content-type"], "text/plain; version=0.0.4; charset=utf-8")
    XCTAssertEqual(open.fields["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8")
    func series(_ page: String) -> [String] {
      page.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { String($0.prefix { $0 != " " }) }
    }
    XCTAssertEqual(series(plain.body), series(open.body))
    XCTAssertTrue(open.body.hasSuffix("\n# EOF\n"))
    XCTAssertTrue(open.body.contains("# TYPE imgrec_images counter\n"))
    XCTAssertTrue(open.body.contains("# UNIT imgrec_read_bytes bytes\n"))
    XCTAssertTrue(plain.body.contains("# TYPE imgrec_images_total counter\n"))
    XCTAssertFalse(plain.body.contains("# UNIT"))
    try assertSound(plain.body)
  }

  // MARK: Commands

  func testAWorkerAndACollector() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    try ImgrecCLI.copies(30, in: folder)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    let worker = try MonitoredRun(["worker", "--queue", url, "--cache", "off"], folder: folder)
    let waiting = try worker.get("/readyz")
    XCTAssertEqual(waiting.status, 503)
    XCTAssertTrue(waiting.body.contains("waiting for the first submission"), waiting.body)
    XCTAssertEqual(try worker.value("imgrec_ready"), 0)

    // One that stays, so that the collector does not end.
    try server.cli("zadd", "imgrec:queue:{photos}:submitters", "99999999999999", "another")
    try submit(url)
    try waitUntil("the worker is ready") { try worker.get("/readyz").status == 200 }
    let queue = "{queue=\"photos\"}"
    try waitUntil("30 records") { try worker.value("imgrec_queue_uncollected\(queue)") == 30 }
    XCTAssertEqual(try worker.value("imgrec_images_total{status=\"ok\"}"), 30)
    XCTAssertEqual(try worker.value("imgrec_queue_depth\(queue)"), 0)
    XCTAssertEqual(try worker.value("imgrec_queue_submitters\(queue)"), 1)
    XCTAssertEqual(try worker.value("imgrec_queue_oldest_age_seconds\(queue)"), 0)

    let collector = try MonitoredRun(["collect", "--queue", url, "-o", "out.jsonl"], folder: folder)
    try waitUntil("30 are collected") { try collector.value("imgrec_images_total{status=\"ok\"}") == 30 }
    XCTAssertEqual(try collector.get("/readyz").status, 200)
    try waitUntil("Redis has counted them") {
      try collector.value("imgrec_queue_collected_records_total\(queue)") == 30
    }
    try assertSound(try worker.get("/metrics").body)
    try assertSound(try collector.get("/metrics").body)

    // A worker that is stopped leaves items, whose age grows.
    XCTAssertEqual(worker.terminate(), 0, worker.logged)
    try submit(url)
    try waitUntil("all wait") { try collector.value("imgrec_queue_lag\(queue)") == 30 }
    try waitUntil("they grow old") { (try collector.value("imgrec_queue_oldest_age_seconds\(queue)") ?? 0) > 0.5 }

    // A Redis that hangs, or is gone: the page comes all the same.
    server.suspend()
    try waitUntil("the queue is missed") { try collector.value("imgrec_queue_up\(queue)") == 0 }
    let readiness = try collector.get("/readyz")
    XCTAssertEqual(readiness.status, 503)
    XCTAssertTrue(readiness.body.contains("does not answer"), readiness.body)
    XCTAssertEqual(try collector.get("/healthz").status, 200)
    XCTAssertNil(try collector.value("imgrec_queue_depth\(queue)"))
    server.resume()
    try waitUntil("the queue answers again") { try collector.get("/readyz").status == 200 }
    XCTAssertEqual(collector.terminate(), 130, collector.logged)
  }

  private func submit(_ url: String) throws {
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
  }

  /// A second collector waits for the first, and says so.
  func testACollectorThatWaits() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    try ImgrecCLI.copies(1, in: folder)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    try submit(url)
    let first = try MonitoredRun(["collect", "--queue", url], folder: folder)
    try waitUntil("the first collects") { try first.get("/readyz").status == 200 }
    let second = try MonitoredRun(["collect", "--queue", url], folder: folder)
    try waitUntil("the second waits") { try second.get("/readyz").body == "another collector is running\n" }
  }

  func testAScanOverAQueue() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    try ImgrecCLI.copies(3, in: folder)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    let run = try MonitoredRun(["scan", "photos", "--queue", url, "-o", "out.jsonl"] + model, folder: folder)
    try waitUntil("three wait") { try run.value("imgrec_queue_lag{queue=\"photos\"}") == 3 }
    XCTAssertEqual(
      try ImgrecCLI.run(["worker", "--queue", url, "--until-empty", "-q", "--cache", "off"], folder: folder).status, 0)
    run.process.waitUntilExit()
    XCTAssertEqual(run.process.terminationStatus, 0, run.logged)
  }

  // MARK: Addresses

  func testAPortInUseEndsTheRunBeforeItStarts() throws {
    let input = try HeldInput()
    let run = try MonitoredRun(["scan", "-", "--cache", "off"] + model, folder: folder, input: input.handle)
    for address in ["\(run.port)", "127.0.0.1:\(run.port)"] {
      let second = try ImgrecCLI.run(["scan", "photos", "--listen", address] + model, folder: folder)
      XCTAssertEqual(second.status, 2)
      XCTAssertEqual(second.out, Data())
      let next = address.replacingOccurrences(of: "\(run.port)", with: "\(run.port + 1)")
      XCTAssertEqual(
        second.err,
        """
        imgrec: --listen \(address): port \(run.port) is in use
        Name another one, such as --listen \(next), or 0 for a free one.

        """)
    }
    XCTAssertEqual(try run.get("/healthz").status, 200)
  }

  func testMistakesInTheAddress() throws {
    for text in ["70000", "::1"] {
      let result = try ImgrecCLI.run(["scan", "photos", "--listen", text] + model, folder: folder)
      XCTAssertEqual(result.status, 64, text)
      XCTAssertTrue(
        result.err.contains("'\(text)' is not an address such as 9464, :9464, 10.0.0.5:9464 or [::1]:9464"), result.err)
    }
    for (text, reason) in [
      ("192.0.2.1:9464", "192.0.2.1 is not an address of this machine\nUse --listen 9464 for this machine alone"),
      ("no.such.host.invalid:9464", "no.such.host.invalid cannot be found"),
    ] {
      let result = try ImgrecCLI.run(["scan", "photos", "--listen", text] + model, folder: folder)
      XCTAssertEqual(result.status, 2, text)
      XCTAssertTrue(result.err.contains(reason), result.err)
    }
  }

  /// Without a host only this machine reaches the page, with an empty one all do.
  func testTheAddressThatIsListenedAt() throws {
    let addresses = FileManager.default.contents(atPath: "/proc/net/tcp") != nil
    try XCTSkipUnless(addresses, "no /proc")
    for (text, local) in [("0", "0100007F"), (":0", "00000000"), ("localhost:0", "0100007F")] {
      let input = try HeldInput()
      let process = ImgrecCLI.process(["scan", "-", "--cache", "off", "--listen", text] + model, folder: folder)
      let log = folder.appendingPathComponent("log")
      _ = FileManager.default.createFile(atPath: log.path, contents: nil)
      process.standardError = try FileHandle(forWritingTo: log)
      process.standardInput = input.handle
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      defer { process.terminate() }
      try waitUntil("it serves") { try self.text("log").contains("/metrics\n") }
      let line = try self.text("log")
      let port = Int(line.components(separatedBy: "/metrics\n")[0].split(separator: ":").last ?? "") ?? 0
      let hexadecimal = String(port, radix: 16, uppercase: true)
      let sockets = try ["/proc/net/tcp", "/proc/net/tcp6"].map { try String(contentsOfFile: $0, encoding: .utf8) }
        .joined().split(separator: "\n").filter { $0.contains(":\(hexadecimal) ") && $0.contains(" 0A ") }
      XCTAssertEqual(sockets.count, 1, "\(text): \(sockets)")
      let isLocal = sockets[0].contains(local) || (text == "localhost:0" && sockets[0].contains("00000001000000:"))
      XCTAssertTrue(isLocal || (text == ":0" && sockets[0].contains(String(repeating: "0", count: 32))), "\(sockets)")
    }
  }

  /// The setting of a file is that of the option, and an environment's too.
  func testTheAddressAsASetting() throws {
    let input = try HeldInput()
    try "[scan]\nlisten = \"127.0.0.1:0\"\n".write(
      to: folder.appendingPathComponent("imgrec.toml"), atomically: true, encoding: .utf8)
    let result = try ImgrecCLI.run(["config", "scan"], folder: folder)
    XCTAssertTrue(result.text.contains("listen = \"127.0.0.1:0\""), result.text)
    input.end()
    try ImgrecCLI.copies(1, in: folder)
    let scan = try ImgrecCLI.run(["scan", "photos", "--cache", "off"] + model, folder: folder)
    XCTAssertTrue(scan.err.contains("serving metrics at http://127.0.0.1:"), scan.err)
    let quiet = try ImgrecCLI.run(["scan", "photos", "--cache", "off", "-q"] + model, folder: folder)
    XCTAssertEqual(quiet.err, "")
  }
}
