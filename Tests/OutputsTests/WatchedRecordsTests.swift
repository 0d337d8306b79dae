import XCTest

@testable import Outputs
@testable import Platform
@testable import Recognition

final class WatchedRecordsTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("imgrec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func path(_ name: String) -> RawPath { RawPath("\(folder.path)/\(name)") }

  private func record(_ path: String, page: (Int, Int)? = nil, digest: Int? = 1) -> String {
    let page = page.map { ",\"page\":\($0.0),\"pages\":\($0.1)" } ?? ""
    let digest = digest.map { ",\"digest\":\"sha256:\(String(repeating: "0\($0)", count: 32))\",\"bytes\":5" } ?? ""
    return "{\"schema\":\"imgrec/1\",\"path\":\"\(path)\"\(page),\"status\":\"error\"\(digest)}\n"
  }

  private func write(_ name: String, _ lines: String...) throws {
    try lines.joined().write(to: folder.appendingPathComponent(name), atomically: false, encoding: .utf8)
  }

  /// What the records of `pattern` say, as `path digest`, a bar before each file; and the bytes that stay of the current.
  private func read(_ pattern: String, current: String, most: Int = 99) throws -> (text: String, end: Int) {
    let records = WatchedRecords(try OutputPattern(path(pattern)))
    var text: [String] = []
    let end = try records.read(
      continuing: try OutputFile(path(current)), begin: { text.append("|") },
      record: { path, digest in
        text.append("\(path) \(digest.map { "\($0[0])" } ?? "-")")
        return text.count < most
      })
    return (text.joined(separator: " "), end)
  }

  func testAllFilesOfThePatternTheNewestFirst() throws {
    try write("r-01.jsonl", record("a"), record("b", digest: 2))
    try write("r-02.jsonl", record("a", digest: 3), record("c", digest: nil))
    try write("r-03.jsonl", record("d", digest: 4), "{\"schema\":\"imgrec/1\",\"pa")
    try write("s-04.jsonl", "not a record\n")
    let found = try read("r-%d.jsonl", current: "r-03.jsonl")
    XCTAssertEqual(found.text, "| d 4 | a 3 c - | a 1 b 2")
    XCTAssertEqual(found.end, record("d", digest: 4).utf8.count)
    XCTAssertEqual(try read("r-%d.jsonl", current: "r-03.jsonl", most: 3).text, "| d 4 | a 3 c -")
  }

  func testALineThatWasBegunIsCutFromEarlierFilesToo() throws {
    try write("r-01.jsonl", record("a"), "{\"schema\":\"imgrec/1\",\"pa")
    XCTAssertEqual(try read("r-%d.jsonl", current: "r-02.jsonl").text, "| | a 1")
    XCTAssertEqual(try String(contentsOf: folder.appendingPathComponent("r-01.jsonl"), encoding: .utf8), record("a"))
  }

  func testAFileCountsWhenAllItsPagesHaveARecord() throws {
    let (one, two) = (record("a", page: (1, 2)), record("a", page: (2, 2)))
    try write("r.jsonl", one, two, record("b"), record("c", page: (1, 3)), record("c", page: (2, 3)))
    let found = try read("r.jsonl", current: "r.jsonl")
    XCTAssertEqual(found.text, "| a 1 b 1")
    XCTAssertEqual(found.end, (one + two + record("b")).utf8.count)
  }

  func testFilesThatAnotherProgramHasRenamed() throws {
    try write("r.jsonl.2", record("a"))
    try write("r.jsonl-20261128", record("b"))
    try write("r.jsonl.1", record("c"))
    try write("r.jsonl.3.gz", "x")
    try write("r.jsonl.bak", record("x"))
    try write("r.jsonl", record("d"))
    // By the time of the last change.
    for (name, time) in [("r.jsonl.2", 10), ("r.jsonl-20261128", 20), ("r.jsonl.1", 30)] {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: Double(time))], ofItemAtPath: path(name).description)
    }
    XCTAssertEqual(try read("r.jsonl", current: "r.jsonl").text, "| d 1 | c 1 | b 1 | a 1")
    let records = WatchedRecords(try OutputPattern(path("r.jsonl")))
    XCTAssertEqual(records.compressed, [path("r.jsonl.3.gz")])
    XCTAssertNotNil(records.began)
    XCTAssertNil(WatchedRecords(try OutputPattern(path("none-%d.jsonl"))).began)
  }

  func testAFileOfSomethingElseIsRefused() throws {
    try write("r.jsonl", "no record\n")
    XCTAssertThrowsError(try read("r.jsonl", current: "r.jsonl"))
  }
}
