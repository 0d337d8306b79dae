import Synchronization
import XCTest

@testable import Outputs
@testable import Platform
@testable import Recognition

final class RotatedSinkTests: XCTestCase {
  /// What the sinks did, in order.
  private final class Log { var entries: [String] = [] }

  private final class Named: Sink {
    let name: String
    let log: Log
    init(_ name: String, _ log: Log) { (self.name, self.log) = (name, log) }
    func write(_ outcome: Outcome) throws(SinkError) { log.entries.append("\(name) \(outcome.path)") }
    func flush() throws(SinkError) { log.entries.append("flush \(name)") }
    func finish() throws(SinkError) { log.entries.append("finish \(name)") }
  }

  private let log = Log()
  private var current = "1"
  private var problem: String?

  private func sink() -> RotatedSink {
    RotatedSink(
      Named("1", log), firstName: RawPath("1"), name: { [unowned self] _ in RawPath(current) },
      open: { [unowned self] path throws(SetupError) in
        if let problem { throw SetupError(problem) }
        return Named(path.description, log)
      })
  }

  private func write(_ path: String, page: Page? = nil, _ sink: RotatedSink) throws {
    var outcome = Outcome(index: 0, path: RawPath(path), result: .success([]))
    outcome.page = page
    try sink.write(outcome)
  }

  func testANewFileBeginsWithTheFirstRecordAfterTheChange() throws {
    let sink = sink()
    try write("a", sink)
    current = "2"
    usleep(1_100_000)
    // The pages of a file stay together.
    try write("b", page: Page(2, of: 2), sink)
    try write("c", page: Page(1, of: 2), sink)
    try sink.flush()
    try sink.finish()
    XCTAssertEqual(log.entries, ["1 a", "1 b", "finish 1", "2 c", "flush 2", "finish 2"])
    XCTAssertNil(sink.reopen(), "nothing is opened after the end")
  }

  func testPagesStayTogetherWhenTheFileIsOpenedAgain() throws {
    let sink = sink()
    try write("a", page: Page(1, of: 2), sink)
    XCTAssertNil(sink.reopen())
    try write("a", page: Page(2, of: 2), sink)
    try write("b", sink)
    try write("c", sink)
    XCTAssertEqual(log.entries, ["1 a", "1 a", "finish 1", "1 b", "1 c"])
  }

  func testTheFileIsOpenedAgain() throws {
    let sink = sink()
    XCTAssertNil(sink.reopen())
    try write("a", sink)
    XCTAssertEqual(log.entries, ["finish 1", "1 a"])
  }

  func testAFileThatCannotBeOpenedEndsTheRunWithTheNextRecord() throws {
    let sink = sink()
    problem = "cannot write 1"
    XCTAssertEqual(sink.reopen(), "cannot write 1")
    XCTAssertThrowsError(try write("a", sink)) { error in
      guard case SinkError.failed("cannot write 1") = error else { return XCTFail("\(error)") }
    }
    XCTAssertNoThrow(try sink.finish())
  }
}
