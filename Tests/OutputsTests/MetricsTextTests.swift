import Foundation
import TestSupport
import XCTest

@testable import Outputs
@testable import Platform
@testable import Recognition

/// The text of metrics, in both formats.
final class MetricsTextTests: XCTestCase {
  private func measurements() -> RunMeasurements {
    var report = RunReport()
    for outcome in Samples.all {
      report.inputs += 1
      report.count(outcome)
    }
    report.skip(2)
    report.pixels = 3024 * 4032
    report.bytesRead = 1 << 40
    report.wallSeconds = 2
    for seconds in [0.001, 0.0011, 0.2, 0.2000001, 60] { report.count(seconds, in: .decode) }
    for images in [1.0, 3, 200] { report.batches.observe(images) }
    var breaker = BreakerReport()
    (breaker.task, breaker.model, breaker.fallback) = (.detect, "heavy@1", "light@2")
    (breaker.state, breaker.openings, breaker.latency) = (.halfOpen, [.latency: 3], 0.25)
    report.breakers = [breaker]
    var usage = ProcessUsage()
    (usage.cpuSeconds, usage.peakMemory) = (3.5, 300 << 20)
    var run = RunMeasurements(report, version: "1.2", command: "scan", usage: usage)
    run.choices = [.init("engine", "opencv"), .init("2nd a\"b", "x\\\"\r\ny"), .init("größe", "ü")]
    run.ignored = IgnoredKinds(["mp4": 3, "a\"b": 1])
    return run
  }

  private func lines(_ format: MetricsFormat, _ change: (inout RunMeasurements) -> Void = { _ in }) -> [String] {
    var run = measurements()
    change(&run)
    return String(decoding: run.text(format), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  func testSamples() {
    let lines = lines(.text)
    for line in [
      "imgrec_images_total{status=\"ok\"} 3", "imgrec_images_total{status=\"failed\"} 1",
      "imgrec_images_total{status=\"skipped\"} 2", "imgrec_failures_total{code=\"truncated\"} 1",
      "imgrec_failures_total{code=\"gave_up\"} 0", "imgrec_warned_images_total 1", "imgrec_cache_hits_total 1",
      "imgrec_cache_misses_total 1",
      "imgrec_read_bytes_total 1099511627776",
      "imgrec_answers_total{task=\"faces\",model=\"yunet@8f2383e4\"} 2",
      "imgrec_ignored_entries_total{kind=\"a\\\"b\"} 1",
      "imgrec_breaker_state{task=\"detect\",state=\"closed\"} 0",
      "imgrec_breaker_state{task=\"detect\",state=\"half_open\"} 1",
      "imgrec_breaker_openings_total{task=\"detect\",reason=\"failures\"} 0",
      "imgrec_breaker_openings_total{task=\"detect\",reason=\"latency\"} 3",
      "imgrec_breaker_latency_seconds{task=\"detect\"} 0.25",
      "imgrec_fallback_images_total{task=\"detect\",model=\"light@2\"} 0",
      "imgrec_run_info{engine=\"opencv\",_2nd_a_b=\"x\\\\\\\"\r\\ny\",gr__e=\"ü\"} 1",
      "imgrec_build_info{version=\"1.2\",command=\"scan\"} 1", "imgrec_cpu_seconds_total 3.5",
      "imgrec_peak_memory_bytes 314572800",
    ] { XCTAssertTrue(lines.contains(line), line) }
    for line in lines where !line.hasPrefix("#") {
      XCTAssertNotNil(Double(line.split(separator: " ").last ?? ""), line)
    }
    XCTAssertFalse(lines.contains { $0.contains("process_") || $0.contains("queue") || $0.contains("imgrec_ready") })
    XCTAssertTrue(lines[0].hasPrefix("# HELP imgrec_images_total "))
  }

  /// A value on a bound belongs to its bucket; buckets are cumulative.
  func testHistograms() {
    let lines = lines(.text).filter { $0.contains("stage=\"decode\"") }
    let counts = [
      ("0.001", 1), ("0.002", 2), ("0.005", 2), ("0.01", 2), ("0.02", 2), ("0.05", 2), ("0.1", 2), ("0.2", 3),
      ("0.5", 4), ("1.0", 4), ("2.0", 4), ("5.0", 4), ("10.0", 4), ("+Inf", 5),
    ]
    XCTAssertEqual(
      lines,
      counts.map { "imgrec_stage_seconds_bucket{stage=\"decode\",le=\"\($0.0)\"} \($0.1)" } + [
        "imgrec_stage_seconds_sum{stage=\"decode\"} 60.4021001", "imgrec_stage_seconds_count{stage=\"decode\"} 5",
      ])
    XCTAssertEqual(Histogram.batch.mean, 0)
  }

  func testOpenMetrics() {
    let lines = lines(.openMetrics)
    XCTAssertEqual(lines.last, "# EOF")
    XCTAssertTrue(lines.contains("# TYPE imgrec_images counter"))
    XCTAssertTrue(lines.contains("# TYPE imgrec_build info"))
    XCTAssertTrue(lines.contains("# UNIT imgrec_stage_seconds seconds"))
    XCTAssertFalse(lines.contains { $0.hasPrefix("# UNIT imgrec_images ") })
    // One head for each family, and no sample outside of its family.
    var family = ""
    var seen: Set<String> = []
    for line in lines {
      if line.hasPrefix("# HELP ") {
        family = String(line.split(separator: " ")[2])
        XCTAssertTrue(seen.insert(family).inserted, family)
      } else if !line.hasPrefix("#") {
        XCTAssertTrue(line.hasPrefix(family), line)
      }
    }
    // The same samples as in text.
    func samples(_ lines: [String]) -> [String] { lines.filter { !$0.hasPrefix("#") } }
    XCTAssertEqual(samples(lines), samples(self.lines(.text)))
  }

  func testAQueueAndTheProcess() {
    var load = QueueLoad()
    (load.waiting, load.held, load.oldestAge) = (5, 2, 1.5)
    var state = ProcessState()
    state.openFiles = 9
    let served = lines(.text) { run in
      run.queue = QueueMeasurements(name: "a\"b", load: load)
      run.process = state
      run.isReady = false
    }
    for line in [
      "imgrec_queue_up{queue=\"a\\\"b\"} 1", "imgrec_queue_depth{queue=\"a\\\"b\"} 7",
      "imgrec_queue_pending{queue=\"a\\\"b\"} 2", "imgrec_queue_lag{queue=\"a\\\"b\"} 5",
      "imgrec_queue_oldest_age_seconds{queue=\"a\\\"b\"} 1.5", "process_open_fds 9", "process_cpu_seconds_total 3.5",
      "imgrec_ready 0", "imgrec_images_in_flight 0",
    ] { XCTAssertTrue(served.contains(line), line) }
    let lost = lines(.text) { $0.queue = QueueMeasurements(name: "q", load: nil) }
    XCTAssertEqual(lost.filter { $0.contains("queue") && !$0.hasPrefix("#") }, ["imgrec_queue_up{queue=\"q\"} 0"])
  }

  /// Names, types and labels keep the rules of OpenMetrics and the habits of Prometheus.
  func testNames() {
    for family in MetricFamily.allCases {
      XCTAssertTrue(family.rawValue.utf8.allSatisfy { $0 == 0x5f || (0x61...0x7a).contains($0) }, family.rawValue)
      XCTAssertFalse(family.rawValue.hasSuffix("_total") || family.rawValue.hasSuffix("_info"), family.rawValue)
      XCTAssertFalse(family.labels.contains("le"), family.rawValue)
      XCTAssertTrue(family.help.hasSuffix("."), family.rawValue)
      XCTAssertFalse(family.help.contains { "\\\n|".contains($0) }, family.rawValue)
    }
  }

  func testTheManualHasTheTableOfNames() throws {
    let page = Checkout.root.appending(path: "Sources/imgrec/Documentation.docc/Metrics.md")
    let table = MetricFamily.allCases.map { family in
      let labels = family.labels.isEmpty ? "–" : family.labels.map { "`\($0)`" }.joined(separator: ", ")
      return "| `\(family.sampleName)` | \(family.kind.rawValue) | \(labels) | \(family.help) |\n"
    }
    let text = try String(contentsOf: page, encoding: .utf8)
    XCTAssertTrue(
      text.contains("| name | type | labels | meaning |\n|---|---|---|---|\n" + table.joined()),
      "write:\n\(table.joined())")
  }

  /// An earlier file may be replaced, one of an earlier version too.
  func testFilesAreRecognised() {
    XCTAssertTrue(OutputKind.metrics.isOwn(measurements().text(.text)))
    XCTAssertTrue(OutputKind.metrics.isOwn(Array("# HELP imgrec_inputs Inputs of the last run by status.\n".utf8)))
    XCTAssertFalse(OutputKind.metrics.isOwn(Array("# HELP node_cpu Seconds.\n".utf8)))
  }
}
