import Platform
import Recognition
import Records
import XCTest

@testable import Report

final class ReportDataTests: XCTestCase {
  private func record(_ json: String) throws -> StoredRecord {
    try Array("{\"schema\":\"imgrec/1\",\(json)}".utf8).withUnsafeBufferPointer { try StoredRecord($0) }
  }

  private func data(_ records: String..., baseline: Baseline? = nil) throws -> ReportData {
    var data = ReportData(baseline: baseline)
    for text in records { data.add(try record(text)) }
    return data
  }

  func testFacetsCountTheBestClassAndEachObjectOnce() throws {
    let data = try data(
      """
      "path":"a","status":"ok","format":"jpeg","exif":{"taken":"2024-05-01T12:30:11","camera":"C"},
      "classify":[{"label":"cat","score":0.6},{"label":"dog","score":0.3}],
      "detect":[{"label":"car","score":0.9,"box":[0,0,1,1]},{"label":"car","score":0.8,"box":[0,0,1,1]}],
      "faces":[{"score":0.9,"box":[0,0,1,1],"identity":"Ada"},{"score":0.7,"box":[0,0,1,1]}]
      """.replacing("\n", with: ""),
      "\"path\":\"b\",\"status\":\"ok\",\"classify\":[{\"label\":\"dog\",\"score\":0.5}],\"warnings\":[\"w\"]",
      "\"path\":\"c\",\"status\":\"error\",\"error\":{\"stage\":\"decode\",\"code\":\"truncated\",\"message\":\"m\"}")
    let facets = Dictionary(
      uniqueKeysWithValues: data.facets().map { ($0.key, $0.values.map { "\($0.name) \($0.count)" }) })
    XCTAssertEqual(facets["classify"], ["cat 1", "dog 1"])
    XCTAssertEqual(facets["detect"], ["car 1"])
    XCTAssertEqual(facets["person"], ["Ada 1"])
    XCTAssertEqual(facets["status"], ["ok 1", "truncated 1", "warning 1"])
    XCTAssertEqual(facets["found"], ["faces 1", "several faces 1"])
    XCTAssertEqual(facets["month"], ["2024-05 1"])
    XCTAssertEqual(facets["camera"], ["C 1"])
    XCTAssertNil(facets["change"])
    XCTAssertEqual(data.scores().total, 6)
    XCTAssertEqual(data.scores().counts[18], 2)
    XCTAssertEqual(data.failureKinds().map(\.name), ["truncated"])
  }

  func testRecordsOfOneImageAreJoined() throws {
    let data = try data(
      "\"path\":\"a\",\"status\":\"ok\",\"width\":4,\"height\":3,\"classify\":[{\"label\":\"cat\"}],\"models\":{\"classify\":\"m@1\"}",
      "\"path\":\"a\",\"status\":\"ok\",\"classify\":[{\"label\":\"dog\"}],\"faces\":[],\"models\":{\"faces\":\"f@2\"}",
      "\"path\":\"a\",\"page\":2,\"status\":\"ok\",\"classify\":[{\"label\":\"cat\"}]")
    XCTAssertEqual(data.count, 2)
    XCTAssertEqual(data.joined, 1)
    XCTAssertEqual(data.images[0].size, PixelSize(width: 4, height: 3))
    XCTAssertEqual(data.images[0].findings.map(\.task), [.classify, .faces])
    XCTAssertEqual(data.facets().first { $0.key == "classify" }?.values.map(\.name), ["cat", "dog"])
    XCTAssertEqual(data.modelCounts().map(\.model), ["m@1", "f@2"])
  }

  func testWarningsThatDifferInNumbersAreOfOneKind() throws {
    let data = try data(
      "\"path\":\"a\",\"status\":\"ok\",\"warnings\":[\"tiff: 3 pages\",\"other\"]",
      "\"path\":\"b\",\"status\":\"ok\",\"warnings\":[\"tiff: 12 pages\"]")
    XCTAssertEqual(
      data.warningKinds(),
      [
        ProblemKind(name: "tiff: N pages", count: 2, example: "tiff: 3 pages", image: 0),
        ProblemKind(name: "other", count: 1, example: "other", image: 0),
      ])
  }

  func testComparison() throws {
    var baseline = Baseline()
    for text in [
      "\"path\":\"a\",\"status\":\"ok\",\"classify\":[{\"label\":\"cat\",\"score\":0.5}],\"faces\":[]",
      "\"path\":\"b\",\"status\":\"ok\",\"detect\":[{\"label\":\"x\",\"score\":1,\"box\":[0,0,1,1]},{\"label\":\"y\",\"score\":1,\"box\":[0,0,1,1]}]",
      "\"path\":\"c\",\"status\":\"ok\"",
    ] { baseline.add(try record(text)) }
    let data = try data(
      // Another task that only one run has is no change, nor is another order of objects.
      "\"path\":\"a\",\"status\":\"ok\",\"classify\":[{\"label\":\"cat\",\"score\":0.7}]",
      "\"path\":\"b\",\"status\":\"ok\",\"detect\":[{\"label\":\"y\",\"score\":1,\"box\":[0,0,1,1]},{\"label\":\"x\",\"score\":1,\"box\":[0,0,1,1]}]",
      "\"path\":\"d\",\"status\":\"ok\"", baseline: baseline)
    let comparison = try XCTUnwrap(Comparison(data))
    XCTAssertEqual([comparison.same, comparison.changed, comparison.new, comparison.gone.count], [2, 0, 1, 1])
    let row = try XCTUnwrap(comparison.rows.first { $0.label.label == "cat" })
    XCTAssertEqual(row.before.mean, 0.5)
    XCTAssertEqual(row.now.mean, 0.7)
    let failed = try self.data(
      "\"path\":\"c\",\"status\":\"error\",\"error\":{\"code\":\"corrupt\"}", baseline: baseline)
    XCTAssertEqual(Comparison(failed)?.changed, 1)
  }

  func testLongAnswersAreComparedAsAWhole() throws {
    let long = String(repeating: "x", count: 500)
    func text(_ end: String) -> String {
      "\"path\":\"a\",\"page\":0,\"status\":\"ok\",\"text\":[{\"text\":\"\(long)\(end)\",\"score\":1,\"quad\":[[0,0],[1,0],[1,1],[0,1]]}]"
    }
    var baseline = Baseline()
    baseline.add(try record(text("a")))
    XCTAssertEqual(Comparison(try data(text("b"), baseline: baseline))?.changed, 1)
    XCTAssertEqual(Comparison(try data(text("a"), baseline: baseline))?.same, 1)
    XCTAssertLessThan(AnswerText(try record(text("a"))).text.count, 320)
    XCTAssertEqual(
      AnswerText(
        try record(
          "\"path\":\"a\",\"status\":\"ok\",\"faces\":[{\"score\":1,\"box\":[0,0,1,1]},"
            + "{\"score\":1,\"box\":[0,0,1,1],\"identity\":\"Ada\"}]")
      ).text, "faces: Ada, 1 unnamed")
  }

  func testSimilarImages() throws {
    var data = try data(
      "\"path\":\"a\",\"status\":\"ok\",\"digest\":\"sha256:0123456789abcdef0\"",
      "\"path\":\"b\",\"status\":\"ok\",\"digest\":\"sha256:0123456789abcdef0\"",
      "\"path\":\"c\",\"status\":\"ok\",\"similar\":{\"path\":\"d\",\"distance\":1},\"cache\":\"similar\"",
      "\"path\":\"d\",\"status\":\"ok\"", "\"path\":\"e\",\"status\":\"ok\"",
      "\"path\":\"p\",\"page\":1,\"status\":\"ok\",\"digest\":\"sha256:1123456789abcdef0\"",
      "\"path\":\"p\",\"page\":2,\"status\":\"ok\",\"digest\":\"sha256:1123456789abcdef0\"")
    XCTAssertEqual(data.groups(), [[0, 1], [2, 3]])
    data.add(similar: ["x", "e", "d"].map { RawPath($0) })
    XCTAssertEqual(data.groups(), [[0, 1], [2, 3, 4]])
  }

  func testTimes() {
    var table = TimingTable()
    table.add("read", (1...20).map(Double.init))
    table.add("none", [])
    XCTAssertEqual(
      table.rows, [TimingTable.Row(name: "read", images: 20, median: 10, percentile95: 19, sum: 0.21)])
  }

  func testFigures() {
    XCTAssertEqual(Figures.count(1_234_567), "1,234,567")
    XCTAssertEqual(Figures.count(-1000), "-1,000")
    XCTAssertEqual(Figures.fixed(1.005, 1), "1.0")
    XCTAssertEqual(Figures.fixed(-0.26, 1), "-0.3")
    XCTAssertEqual(Figures.fixed(1234.5678, 3), "1,234.568")
    XCTAssertEqual(Figures.fixed(.infinity, 1), "-")
    XCTAssertEqual(Figures.signed(2), "+2")
  }

  func testTextsInScriptElements() {
    var text = ScriptText()
    var json = JSONWriter()
    json.string("</script><!-- & \u{2028} \" \\")
    text.append(json: json.out.bytes)
    XCTAssertEqual(
      text.out.text, "\"\\u003c/script\\u003e\\u003c!-- \\u0026 \\u2028 \\\" \\\\\"")
  }

  func testLongTextsAreCut() throws {
    let data = try data(
      "\"path\":\"a\",\"status\":\"ok\",\"text\":["
        + "{\"text\":\"\(String(repeating: "a", count: 990))\",\"score\":1,\"quad\":[[0,0],[1,0],[1,1],[0,1]]},"
        + "{\"text\":\"\(String(repeating: "b", count: 990))\",\"score\":1,\"quad\":[[0,0],[1,0],[1,1],[0,1]]}]")
    XCTAssertEqual(data.images[0].findings[0].texts[1], String(repeating: "b", count: 10) + "…")
  }
}
