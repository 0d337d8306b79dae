import Foundation
import RedisTestSupport
import TestSupport
import XCTest

/// A real Prometheus over real runs: values, alert rules, the queries of the dashboard.
final class PrometheusTests: XCTestCase {
  private static let resources = ImgrecCLI.root.appendingPathComponent("Sources/imgrec/Documentation.docc/Resources")
  private static let rules = resources.appendingPathComponent("imgrec.rules.yml")
  private static let models = ImgrecCLI.fixtures.appendingPathComponent("models")
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  /// Two workers, a collector and a scan with a fallback are asked by Prometheus, which then knows what the records say.
  func testPrometheusKnowsWhatTheRecordsSay() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    try ImgrecCLI.copies(61, in: folder)
    let names = (0..<60).map { "photos/\($0).jpg" }
    let redis = try RedisServer()
    let url = "redis://\(redis.address)/photos"
    let scanned = try HeldInput()
    let scan = try MonitoredRun(
      [
        "scan", "-", "-o", "scan.jsonl", "--cache", "sqlite:answers",
        "-m", Self.models.appendingPathComponent("classes.onnx").path, "--fallback", ImgrecCLI.instantModel,
      ], folder: folder, input: scanned.handle)
    let workers = try (0..<2).map { _ in
      try MonitoredRun(["worker", "--queue", url, "--cache", "off"], folder: folder)
    }
    // A submitter that stays, so that the collector does not end.
    try redis.cli("zadd", "imgrec:queue:{photos}:submitters", "99999999999999", "another")
    func submit(_ paths: some Sequence<String>) throws {
      let list = Data(paths.map { $0 + "\n" }.joined().utf8)
      let arguments = ["submit", "-", "--queue", url, "-m", ImgrecCLI.instantModel]
      XCTAssertEqual(try ImgrecCLI.run(arguments, input: list, folder: folder).status, 0)
    }
    // The first submission makes the queue.
    try submit(["photos/60.jpg"])
    try waitUntil("both workers are ready") { try workers.allSatisfy { try $0.get("/readyz").status == 200 } }
    let collector = try MonitoredRun(["collect", "--queue", url, "-o", "collected.jsonl"], folder: folder)
    let prometheus = try Prometheus(targets: [scan.port, collector.port] + workers.map(\.port), rules: Self.rules)
    try waitUntil("all four are asked") { try prometheus.value("sum(up)") == 4 }

    // In two parts: a rate needs two values.
    for part in [names.prefix(30), names.suffix(30)] {
      try scanned.send(part + ["photos/gone.jpg"])
      try submit(part)
      let count = Double(part.endIndex)
      try waitUntil("\(part.endIndex) images are recognised and collected") {
        try prometheus.value("sum(imgrec_images_total{instance='127.0.0.1:\(scan.port)',status='ok'})") == count
          && prometheus.value("sum(imgrec_images_total{instance='127.0.0.1:\(collector.port)',status='ok'})") == count
            + 1
      }
    }
    let queued = try ImgrecCLI.records(Data(contentsOf: folder.appendingPathComponent("collected.jsonl")))
    XCTAssertEqual(queued.count, 61)
    let own = workers.map { "127.0.0.1:\($0.port)" }.joined(separator: "|")
    for (query, value) in [
      ("sum(imgrec_images_total{instance=~'\(own)',status='ok'})", 61.0),
      ("max(imgrec_queue_finished_items_total)", 61), ("max by (queue) (imgrec_queue_submitted_items_total)", 61),
      ("sum(imgrec_failures_total{code='not_found'})", 2),
      ("sum(imgrec_answers_total{instance='127.0.0.1:\(scan.port)'})", 60),
      ("imgrec_breaker_state{state='closed'}", 1),
    ] {
      // The processes are not asked at the same time.
      try waitUntil("\(query) is \(value)") { try prometheus.value(query) == value }
    }
    XCTAssertEqual(try prometheus.value("count(imgrec_network_info{role='fallback'})"), 1)
    XCTAssertEqual(try prometheus.value("count(imgrec_build_info)"), 4)
    let records = try ImgrecCLI.records(Data(contentsOf: folder.appendingPathComponent("scan.jsonl")))
    XCTAssertEqual(records.count, 62)
    let times = records.filter { $0["error"] == nil }.compactMap {
      ($0["ms"] as? [String: Double])?.values.reduce(0, +)
    }
    XCTAssertEqual(times.count, 60)
    try waitUntil("all times are known") {
      try prometheus.value("imgrec_image_seconds_count{instance='127.0.0.1:\(scan.port)'}") == 60
    }
    let sum = try prometheus.value("imgrec_image_seconds_sum{instance='127.0.0.1:\(scan.port)'}")
    // The latency has also the time between the stages. Times in records are rounded.
    XCTAssertGreaterThan(try XCTUnwrap(sum), times.reduce(0, +) / 1000 - 60 * 4 * 0.00001)
    XCTAssertLessThan(try XCTUnwrap(sum), 60 * 60)
    XCTAssertEqual(
      try prometheus.value("imgrec_image_seconds_bucket{le='+Inf',instance='127.0.0.1:\(scan.port)'}"), 60)
    try assertTheDashboardHasData(prometheus)
    try assertAlertsFollow(prometheus, redis: redis)
  }

  /// Every query of the dashboard is understood, and those that these runs have values for have them.
  private func assertTheDashboardHasData(_ prometheus: Prometheus) throws {
    let file = Self.resources.appendingPathComponent("imgrec-dashboard.json")
    let board = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    let panels = try XCTUnwrap(board["panels"] as? [[String: Any]])
    XCTAssertGreaterThan(panels.count, 20)
    for panel in panels {
      let title = try XCTUnwrap(panel["title"] as? String)
      for target in try XCTUnwrap(panel["targets"] as? [[String: Any]]) {
        var query = try XCTUnwrap(target["expr"] as? String)
        for (variable, value) in [("$job", ".+"), ("$instance", ".+"), ("$__rate_interval", "2m")] {
          query = query.replacingOccurrences(of: variable, with: value)
        }
        XCTAssertFalse(query.contains("$"), query)
        var result = try prometheus.query(query)
        // The two values that a rate needs may not be there yet.
        if result.isEmpty {
          try waitUntil("\(title) has data: \(query)", timeout: 20) {
            result = try prometheus.query(query)
            return !result.isEmpty
          }
        }
      }
    }
  }

  /// No rule is in error; a queue that is gone is noticed.
  private func assertAlertsFollow(_ prometheus: Prometheus, redis: RedisServer) throws {
    func rules() throws -> [[String: Any]] {
      let answer = try HTTPAnswer(of: "/api/v1/rules", port: prometheus.port)
      let object = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
      let groups = (object?["data"] as? [String: Any])?["groups"] as? [[String: Any]] ?? []
      return groups.flatMap { $0["rules"] as? [[String: Any]] ?? [] }
    }
    try waitUntil("all rules are evaluated") { try rules().allSatisfy { $0["health"] as? String == "ok" } }
    XCTAssertFalse(try rules().isEmpty)
    XCTAssertEqual(try prometheus.query("ALERTS{alertstate='firing',alertname!='ImgrecFailures'}").count, 0)
    redis.kill()
    try waitUntil("the queue is missed") {
      try prometheus.query("ALERTS{alertname='ImgrecQueueUnreachable',alertstate='pending'}").count == 3
    }
  }

  // MARK: promtool

  func testRulesAndTheirTests() throws {
    let check = try Prometheus.promtool(["check", "rules", Self.rules.path])
    XCTAssertEqual(check.status, 0, check.text)
    XCTAssertTrue(check.text.contains("SUCCESS"), check.text)
    let tests = ImgrecCLI.root.appendingPathComponent("Tests/Support/imgrec.rules.test.yml")
    let text = try String(contentsOf: tests, encoding: .utf8).replacingOccurrences(of: "RULES", with: Self.rules.path)
    try text.write(to: folder.appendingPathComponent("test.yml"), atomically: true, encoding: .utf8)
    let result = try Prometheus.promtool(["test", "rules", "test.yml"], folder: folder)
    XCTAssertEqual(result.status, 0, result.text)
    // Each alert is tested.
    let names = try String(contentsOf: Self.rules, encoding: .utf8).split(separator: "\n")
      .filter { $0.contains("- alert: ") }.map { $0.split(separator: " ").last ?? "" }
    XCTAssertGreaterThan(names.count, 8)
    for name in names { XCTAssertTrue(text.contains("alertname: \(name)\n"), "no test of \(name)") }
  }

  /// The configuration in the manual is one that Prometheus takes.
  func testTheConfigurationInTheManual() throws {
    let page = try String(
      contentsOf: ImgrecCLI.root.appendingPathComponent("Sources/imgrec/Documentation.docc/Metrics.md"),
      encoding: .utf8)
    let block: String? = page.components(separatedBy: "```yaml\n").dropFirst().first?.components(separatedBy: "```")
      .first
    let text: String = try XCTUnwrap(block)
    try text.replacingOccurrences(of: "/usr/share/doc/imgrec/imgrec.rules.yml", with: Self.rules.path)
      .write(to: folder.appendingPathComponent("prometheus.yml"), atomically: true, encoding: .utf8)
    let result = try Prometheus.promtool(["check", "config", "prometheus.yml"], folder: folder)
    XCTAssertEqual(result.status, 0, result.text)
    XCTAssertTrue(result.text.contains("SUCCESS: 1 rule files found"), result.text)
  }
}
