import XCTest

@testable import Outputs
@testable import Platform
@testable import Recognition

final class SummaryTests: XCTestCase {
  private func summary() -> Summary {
    var report = RunReport()
    for outcome in Samples.all {
      report.inputs += 1
      report.count(outcome)
    }
    report.skip(2)
    report.pixels = 3024 * 4032
    report.wallSeconds = 2
    for (seconds, stage) in [(0.1, WorkStage.read), (2.9, .decode), (1, .infer)] { report.count(seconds, in: stage) }
    for images in [1.0, 2] { report.batches.observe(images) }
    var usage = ProcessUsage()
    (usage.cpuSeconds, usage.peakMemory) = (3.5, 300 << 20)
    return Summary(
      report, choices: [.init("engine", "opencv"), .init("instances", "2"), .init("a\"b", "x\ny")], usage: usage)
  }

  func testCounts() {
    let report = summary().report
    XCTAssertEqual(report.inputs, report.ok + report.failed + report.skipped)
    XCTAssertEqual(report.inputs, 6)
    XCTAssertEqual(report.ok, 3)
    XCTAssertEqual(report.cached, 1)
    XCTAssertEqual(report.warned, 1)
    XCTAssertEqual(report.failures, [.truncated: 1])
    XCTAssertEqual(report.imagesPerSecond, 2)
    XCTAssertEqual(report.batches.mean, 1.5)
  }

  func testText() {
    XCTAssertEqual(
      summary().text(),
      "6 images: 3 ok (1 cached, 1 with warnings), 1 failed (truncated 1), 2 skipped; 2.0 s, 2.0 images/s\n")
    XCTAssertEqual(
      summary().text(details: true),
      """
      6 images: 3 ok (1 cached, 1 with warnings), 1 failed (truncated 1), 2 skipped; 2.0 s, 2.0 images/s
      speed: 6.1 MP/s, read 3 %, decode 73 %, infer 25 %
      chosen: engine opencv, instances 2, a"b x\\ny
      cost: mean batch 1.5, CPU 3.5 s, peak memory 300 MiB

      """)
    XCTAssertEqual(Summary(RunReport(), usage: ProcessUsage()).text(), "0 images: 0 ok\n")
    var ignoring = summary()
    ignoring.ignored = IgnoredKinds(["mp4": 3, "pdf": 1])
    XCTAssertTrue(ignoring.text().hasSuffix(" images/s\nignored: mp4 3, pdf 1\n"))
  }

  func testJSON() throws {
    let object = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(summary().json)) as? [String: Any])
    XCTAssertEqual(object["inputs"] as? Int, 6)
    XCTAssertEqual((object["failures"] as? [String: Int]), ["truncated": 1])
    XCTAssertEqual(((object["stages"] as? [String: Any])?["decode"] as? [String: Double])?["share"], 0.725)
    XCTAssertEqual((object["choices"] as? [String: String])?["engine"], "opencv")
  }

  func testProcess() {
    let usage = ProcessUsage.current
    XCTAssertGreaterThan(usage.cpuSeconds, 0)
    XCTAssertGreaterThan(usage.peakMemory, 1 << 20)
  }
}
