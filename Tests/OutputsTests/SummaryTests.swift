import XCTest

@testable import Outputs
@testable import Platform

final class SummaryTests: XCTestCase {
  private func summary() -> Summary {
    var summary = Summary()
    for outcome in Samples.all { summary.count(outcome) }
    summary.skip(2)
    summary.wallSeconds = 2
    summary.cpuSeconds = 3.5
    summary.stages = [.init("read", 0.1), .init("decode", 2.9), .init("infer", 1)]
    summary.batches = 2
    summary.batchedImages = 3
    summary.peakMemory = 300 << 20
    summary.choices = [.init("engine", "opencv"), .init("instances", "2"), .init("a\"b", "x\ny")]
    return summary
  }

  func testCounts() {
    let summary = summary()
    XCTAssertTrue(summary.isConsistent)
    XCTAssertEqual(summary.inputs, 6)
    XCTAssertEqual(summary.ok, 3)
    XCTAssertEqual(summary.cached, 1)
    XCTAssertEqual(summary.warned, 1)
    XCTAssertEqual(summary.failures, [.truncated: 1])
    XCTAssertEqual(summary.imagesPerSecond, 2)
    XCTAssertEqual(summary.pixels, 3024 * 4032)
    XCTAssertEqual(summary.meanBatch, 1.5)
  }

  func testText() {
    XCTAssertEqual(
      summary().text,
      """
      6 inputs: 3 ok (1 cached), 1 with warnings, 1 failed, 2 skipped
      failed: truncated 1
      2.00 s, 2.0 images/s, 6.1 MP/s; read 3 %, decode 73 %, infer 25 %
      engine opencv, instances 2, a"b x\\ny, mean batch 1.5, CPU 3.5 s, peak memory 300 MiB

      """)
    XCTAssertEqual(Summary().text, "0 inputs: 0 ok\n0.00 s, 0.0 images/s, 0.0 MP/s\n")
  }

  func testJSON() throws {
    let object = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(summary().json)) as? [String: Any])
    XCTAssertEqual(object["inputs"] as? Int, 6)
    XCTAssertEqual((object["failures"] as? [String: Int]), ["truncated": 1])
    XCTAssertEqual(((object["stages"] as? [String: Any])?["decode"] as? [String: Double])?["share"], 0.725)
    XCTAssertEqual((object["choices"] as? [String: String])?["engine"], "opencv")
  }

  func testMetrics() {
    let lines = String(decoding: summary().metrics, as: UTF8.self).split(separator: "\n")
    XCTAssertTrue(lines.contains("imgrec_inputs{status=\"failed\"} 1"))
    XCTAssertTrue(lines.contains("imgrec_stage_busy_seconds{stage=\"decode\"} 2.9"))
    XCTAssertTrue(lines.contains("imgrec_run_info{engine=\"opencv\",instances=\"2\",a_b=\"x\\ny\"} 1"))
    for line in lines where !line.hasPrefix("#") { XCTAssertNotNil(Double(line.split(separator: " ").last!)) }
  }

  func testProcess() {
    var summary = Summary()
    summary.measureProcess()
    XCTAssertGreaterThan(summary.cpuSeconds, 0)
    XCTAssertGreaterThan(summary.peakMemory, 1 << 20)
  }
}
