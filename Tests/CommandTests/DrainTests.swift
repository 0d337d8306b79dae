import Foundation
import RedisTestSupport
import TestSupport
import XCTest

/// SIGTERM, as a service manager sends it: what a process has taken is finished or given back, and nothing is lost.
final class DrainTests: QueueCommandTestCase {
  /// The number `name` of the status of the queue.
  private func number(_ name: String, _ url: String) throws -> Int {
    let status = try run("queue", "status", "--json", "--queue", url)
    let object = try JSONSerialization.jsonObject(with: status.out) as? [String: Any]
    return try XCTUnwrap(object?[name] as? Int, status.text)
  }

  /// The worker has 64 items in hand when it is asked to end.
  func testAWorkerFinishesOrReturnsWhatItHas() throws {
    try photos(200)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
    try permit(.takingOnly, server)
    let worker = try worker(url, "--in-hand", "64")
    try waitUntil("the worker has items in hand") { try !entries(of: worker, server).isEmpty }
    kill(worker.processIdentifier, SIGTERM)
    try permit(.all, server)
    try waitUntil("the worker has ended", timeout: 45) { !worker.isRunning }
    XCTAssertEqual(worker.terminationStatus, 0)
    XCTAssertEqual(try number("held", url), 0, "what is not finished is given back")
    XCTAssertEqual(try number("waiting", url) + number("done", url), 200)
    XCTAssertTrue(try run("queue", "status", "--json", "--queue", url).text.contains("\"workers\":[]"))
    // Given back is not delivered: each item has all its deliveries left.
    XCTAssertEqual(try run("worker", "--queue", url, "--deliveries", "1", "--until-empty").status, 0)
    let records = try run("collect", "--queue", url).records()
    XCTAssertEqual(Set(records.compactMap { $0["path"] as? String }).count, 200)
    XCTAssertTrue(records.allSatisfy { $0["status"] as? String == "ok" })
  }

  /// A worker that is slow: most of what it has in hand is returned, and the worker is gone from the queue.
  func testWhatIsReturnedWaits() throws {
    try photos(120)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    try ImgrecCLI.pull("efficientnet_lite0")
    let submit = ["submit", "photos", "--queue", url, "--task", "classify"]
    XCTAssertEqual(try ImgrecCLI.run(submit, folder: folder).status, 0)
    let worker = try worker(url, "--decoders", "1", "--instances", "1", "--max-batch", "1")
    try waitUntil("a record is written") { try finished(server) > 0 }
    kill(worker.processIdentifier, SIGTERM)
    worker.waitUntilExit()
    XCTAssertEqual(worker.terminationStatus, 0)
    let status = try run("queue", "status", "--json", "--queue", url).text
    XCTAssertTrue(status.contains("\"workers\":[]"), status)
    XCTAssertEqual(try number("held", url), 0)
    let (waiting, done) = (try number("waiting", url), try number("done", url))
    XCTAssertEqual(waiting + done, 120)
    XCTAssertGreaterThan(waiting, 0, "it was stopped in the middle")
    // A worker with a much longer lease does not wait for it.
    let next = try start(["worker", "--queue", url, "--lease", "1000", "--until-empty", "-q"])
    try waitUntil("the next worker has ended", timeout: 600) { !next.isRunning }
    XCTAssertEqual(next.terminationStatus, 0)
    XCTAssertEqual(try number("done", url), 120)
    XCTAssertEqual(try number("dead", url), 0)
  }

  /// The first signal cannot be followed, as Redis lets the worker finish nothing.
  func testASecondSignalEndsAWorkerAtOnce() throws {
    try photos(40)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
    try permit(.takingOnly, server)
    let worker = try worker(url, "--in-hand", "8")
    // Before that it may return all that it has in hand, and end.
    try waitUntil("the worker has an item that it cannot finish") {
      try server.cli("acl", "log").contains(":dead")
    }
    kill(worker.processIdentifier, SIGTERM)
    try waitUntil("the first signal is noted") { logged(0).contains("interrupted") }
    kill(worker.processIdentifier, SIGTERM)
    try waitUntil("the worker has ended", timeout: 5) { !worker.isRunning }
    XCTAssertEqual(worker.terminationStatus, 130)
    try permit(.all, server)
    XCTAssertEqual(try run("worker", "--queue", url, "--until-empty", "--lease", "1").status, 0)
    XCTAssertEqual(try run("collect", "--queue", url).records().count, 40, "others take its items over")
  }

  /// What a collector has written when it is stopped, no later one writes again.
  func testCollectorsThatAreStoppedWriteEachRecordOnce() throws {
    try photos(300)
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
    try permit(.takingOnly, server)
    let worker = try worker(url, "--in-hand", "64")
    var paths: [String] = []
    for n in 0..<2 {
      // The worker finishes no more than it has in hand, so that the collector does not come to the end.
      try permit(.takingOnly, server)
      try waitUntil("the worker has items in hand") { try !entries(of: worker, server).isEmpty }
      let file = folder.appendingPathComponent("\(n).jsonl")
      let collect = try start(["collect", "--queue", url, "-o", "\(n).jsonl"])
      try permit(.finishingOnly, server)
      try waitUntil("collector \(n) has written records") { ImgrecCLI.lineCount(file) > 0 }
      kill(collect.processIdentifier, SIGTERM)
      collect.waitUntilExit()
      XCTAssertEqual(collect.terminationStatus, 130)
      XCTAssertTrue(logged(n + 1).contains("stay in the queue"), logged(n + 1))
      paths += try ImgrecCLI.records(Data(contentsOf: file)).compactMap { $0["path"] as? String }
      XCTAssertEqual(try number("collected", url), paths.count, "each is acknowledged")
    }
    try permit(.all, server)
    let rest = try run("collect", "--queue", url)
    XCTAssertEqual(rest.status, 0, rest.err)
    kill(worker.processIdentifier, SIGTERM)
    paths += try rest.records().compactMap { $0["path"] as? String }
    XCTAssertEqual(paths.sorted(), (0..<300).map { "photos/\($0).jpg" }.sorted())
  }

  /// systemd signals a whole group by default, as a terminal does: no image fails because its decoder
  /// was signalled.
  func testASignalToTheWholeGroupFailsNoImage() throws {
    try photos(60)
    let png = ImgrecCLI.fixtures.appendingPathComponent("images/rgb.png")
    for n in 0..<60 {
      try FileManager.default.copyItem(at: png, to: folder.appendingPathComponent("photos/\(n).png"))
    }
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    XCTAssertEqual(try ImgrecCLI.run(["submit", "photos", "--queue", url] + model, folder: folder).status, 0)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/setsid")
    process.arguments = ["-w", ImgrecCLI.binary.path, "worker", "--queue", url, "--cache", "off", "--name", "group"]
    process.environment = ImgrecCLI.environment()
    process.currentDirectoryURL = folder
    process.standardError = FileHandle.nullDevice
    try process.run()
    try waitUntil("records are written") { try finished(server) > 5 || !process.isRunning }
    let status = try run("queue", "status", "--json", "--queue", url).text
    let group = try XCTUnwrap(status.firstMatch(of: /"pid":([0-9]+)/).flatMap { Int32($0.1) }, status)
    defer { kill(-group, SIGKILL) }
    kill(-group, SIGTERM)
    try waitUntil("the worker has ended", timeout: 45) { !process.isRunning }
    XCTAssertEqual(process.terminationStatus, 0)
    XCTAssertEqual(try run("worker", "--queue", url, "--until-empty", "-q").status, 0)
    let records = try run("collect", "--queue", url).records()
    XCTAssertEqual(records.count, 120)
    XCTAssertTrue(records.allSatisfy { $0["status"] as? String == "ok" })
  }
}
