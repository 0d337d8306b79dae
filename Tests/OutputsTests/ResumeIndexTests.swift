import XCTest

@testable import Outputs
@testable import Platform
@testable import Recognition

final class ResumeIndexTests: XCTestCase {
  private let path = temporaryPath()

  override func tearDown() { unlink(path) }

  private static let model = "mobilenet_v2@9f2c61d0"

  private static func line(_ path: String, _ text: String = "", isOK: Bool = true) -> String {
    guard isOK else { return #"{"schema":"imgrec/1","path":"\#(path)","status":"error"}"# + "\n" }
    let digest = String(repeating: "0a", count: 32)
    return #"{"schema":"imgrec/1","path":"\#(path)","status":"ok","digest":"sha256:\#(digest)","bytes":7,"#
      + #""models":{"classify":"\#(model)"},"note":"\#(text)"}"# + "\n"
  }

  private func index(_ lines: [String], models: [String] = [model]) throws -> (ResumeIndex, [Int], OutputFile) {
    try lines.joined().write(toFile: path, atomically: false, encoding: .utf8)
    let file = try outputFile(path, resuming: true)
    var offsets = [0]
    for line in lines { offsets.append(offsets.last! + line.utf8.count) }
    return (try ResumeIndex(file, models: [(.classify, models)]), offsets, file)
  }

  func testTakesEachRecordOnce() throws {
    let (index, offsets, _) = try index([Self.line("a"), Self.line("b"), Self.line("a"), Self.line("c", isOK: false)])
    XCTAssertEqual(index.end, offsets.last)
    let take = { (path: String) in index.take(RawPath(path)) { $0.bytes == 7 && $0.digest?.first == 10 } }
    XCTAssertEqual(["a", "a", "a", "c", "d"].map(take), [true, true, false, false, false])
    XCTAssertFalse(index.take(RawPath("b")) { _ in false })
    XCTAssertEqual(index.matched, 2)
  }

  func testOrder() throws {
    let (index, at, _) = try index([Self.line("c"), Self.line("x"), Self.line("a"), Self.line("b", isOK: false)])
    for path in ["a", "b", "c"] { _ = index.take(RawPath(path)) { _ in true } }
    index.place(0, at: at[4])
    // x stays before the first record that was behind it.
    XCTAssertEqual(index.finalOrder(keepsOrder: true), [at[1], at[2], at[4], at[0]])
    XCTAssertEqual(index.finalOrder(keepsOrder: false), [at[0], at[1], at[2], at[4]])
  }

  func testAFileInOrderStaysAsItIs() throws {
    let (index, at, _) = try index([Self.line("a"), Self.line("x"), Self.line("b")])
    for path in ["a", "b", "new"] { _ = index.take(RawPath(path)) { _ in true } }
    index.place(0, at: at[3])
    XCTAssertNil(index.finalOrder(keepsOrder: true))
    XCTAssertNil(index.finalOrder(keepsOrder: false))
  }

  private static func page(_ number: Int, of count: Int, _ path: String = "p") -> String {
    line(path).replacingOccurrences(of: #","status""#, with: #","page":\#(number),"pages":\#(count),"status""#)
  }

  func testPages() throws {
    let lines = [
      Self.page(3, of: 3), Self.line("a"), Self.page(1, of: 3), Self.page(2, of: 3), Self.page(1, of: 2, "q"),
    ]
    try lines.joined().write(toFile: path, atomically: false, encoding: .utf8)
    var at = [0]
    for line in lines { at.append(at.last! + line.utf8.count) }
    let models = [(task: TaskKind.classify, models: [Self.model])]
    let file = try outputFile(path, resuming: true)
    let index = try ResumeIndex(file, models: models, pages: .all)
    var looks = 0
    let take = { (path: String) in
      index.take(RawPath(path)) { _ in
        looks += 1
        return true
      }
    }
    // Page 2 of q is missing, so that it is done again.
    XCTAssertEqual(["q", "p", "a", "p"].map(take), [false, true, true, false])
    XCTAssertEqual(looks, 3)
    XCTAssertEqual(index.matched, 4)
    index.place(0, page: 1, at: at[5] + 10)
    index.place(0, at: at[5])
    XCTAssertEqual(index.finalOrder(keepsOrder: true), [at[5], at[5] + 10, at[2], at[3], at[0], at[1]])
    XCTAssertThrowsError(try ResumeIndex(file, models: models)) {
      XCTAssertTrue("\($0)".contains("record 1 was made with --pages all"), "\($0)")
    }
  }

  func testLinesLongerThanABlock() throws {
    let lines = [10, 70_000, 65_536, 0, 300_000, 1].enumerated().map {
      Self.line("\($0.offset)", String(repeating: "x", count: $0.element))
    }
    let (index, at, file) = try index(lines)
    for number in lines.indices.reversed() { XCTAssertTrue(index.take(RawPath("\(number)")) { _ in true }) }
    let order = try XCTUnwrap(index.finalOrder(keepsOrder: true))
    XCTAssertEqual(order, at.dropLast().reversed())
    try ArrangedFile(for: file).write(order)
    XCTAssertEqual(try String(contentsOfFile: path, encoding: .utf8), lines.reversed().joined())
  }

  /// A line without an end is not read into memory as a whole.
  func testALineWithoutEnd() throws {
    try (Self.line("a") + #"{"schema":"imgrec/1","path":"b"#).write(toFile: path, atomically: false, encoding: .utf8)
    truncate(path, 1 << 30)
    let file = try outputFile(path, resuming: true)
    XCTAssertThrowsError(try ResumeIndex(file, models: [(.classify, [Self.model])])) {
      XCTAssertTrue("\($0)".contains("a line has more than 256 MiB"), "\($0)")
    }
    XCTAssertEqual(file.size, 1 << 30)
  }

  func testOtherModels() throws {
    XCTAssertThrowsError(try index([Self.line("a"), Self.line("b")], models: ["other@1"])) {
      XCTAssertTrue("\($0)".contains("record 1 was made with other models"), "\($0)")
    }
    XCTAssertNoThrow(try index([Self.line("a", isOK: false)], models: ["other@1"]))
  }

  func testFailuresOfACollect() throws {
    let lines = [
      Self.line("a", isOK: false), Self.line("b", isOK: false), Self.line("a"), Self.line("c"),
      Self.line("c", isOK: false),
    ]
    let (_, at, file) = try index(lines)
    let failures = try CollectedRecords.failures(in: file)
    XCTAssertEqual(failures.left, 2)
    XCTAssertEqual(failures.superseded, [at[0]])
    XCTAssertEqual(try CollectedRecords.offsets(in: file, without: failures.superseded), Array(at[1..<5]))
    XCTAssertEqual(
      try CollectedRecords(file, lastLines: 2).lastLines.map { String(decoding: $0, as: UTF8.self) + "\n" },
      Array(lines.suffix(2)))
  }

  /// The array is whole after each row, as a kill would leave it.
  func testAnArrayCountsItsRowsAtOnce() throws {
    let array = temporaryPath()
    defer { unlink(array) }
    let text = try written { output in
      let sink = try NumPySink(outputFile(array, kind: .vectors), next: JSONLinesSink(output))
      for rows in 1...3 {
        let answer = Answer(task: .embed, model: "m@0", findings: .embedding([1, 2, Float(rows)]))
        try sink.write(Outcome(index: rows, path: RawPath("\(rows)"), result: .success([answer])))
        let data = try Data(contentsOf: URL(fileURLWithPath: array))
        XCTAssertEqual(data.count, 128 + rows * 12)
        XCTAssertTrue(String(decoding: data[10..<128], as: UTF8.self).contains("'shape': (\(rows), 3)"))
      }
      try sink.finish()
    }
    XCTAssertTrue(text.contains(#""row":2"#), text)
  }
}
