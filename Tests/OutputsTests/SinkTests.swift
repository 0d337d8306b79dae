import Synchronization
import TestSupport
import XCTest

@testable import Outputs
@testable import Platform
@testable import Recognition

final class SinkTests: XCTestCase {
  private func text(_ format: OutputFormat, _ outcomes: [Outcome], nul: Bool = false) throws -> String {
    try written { output in
      let sink = try format.makeSink(SinkContext(output: output, nulTerminated: nul))
      for outcome in outcomes { try sink.write(outcome) }
      try sink.finish()
    }
  }

  func testJSONLines() throws {
    let lines = try text(.jsonl, Samples.all).split(separator: "\n", omittingEmptySubsequences: false)
    XCTAssertEqual(lines.map(String.init), Samples.all.map(record) + [""])
    XCTAssertEqual(try text(.jsonl, []), "")
  }

  func testJSONDocument() throws {
    for count in 0...2 {
      let document = try text(.json, Array(Samples.all.prefix(count)))
      let array = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(document.utf8)) as? [Any])
      XCTAssertEqual(array.count, count)
    }
  }

  func testCSV() throws {
    let csv = try text(.csv, Samples.all)
    XCTAssertEqual(
      csv,
      "path,status,format,width,height,task,rank,label,score,x,y,w,h,text,error_code,error_message,page,distance\r\n"
        + "a/b.jpg,ok,jpeg,3024,4032,classify,1,tabby,0.93,,,,,,,,,\r\n"
        + "a/b.jpg,ok,jpeg,3024,4032,classify,2,tiger cat,0.000123,,,,,,,,,\r\n"
        + "a\u{fffd}.j,ok,,,,faces,1,,0.5,1.3,0,10,20.1,,,,,\r\n"
        + "a\u{fffd}.j,ok,,,,faces,2,\"a, \"\"b\"\"\",1,0,0,1,1,\"x\ny\",,,,\r\n"
        + "none.png,ok,,,,,,,,,,,,,,,,\r\n"
        + "\"esc\u{1b}[2J\n.jpg\",error,jpeg,,,,,,,,,,,,truncated,\"ends early, \"\"x\"\"\",,\r\n")
    XCTAssertEqual(try text(.csv, []), CSVSink.columns.joined(separator: ",") + "\r\n")
  }

  func testPaths() throws {
    XCTAssertEqual(try text(.paths, [Samples.classified(), Samples.empty(), Samples.failed()]), "a/b.jpg\n")
    XCTAssertEqual(try text(.paths, [Samples.classified(), Samples.classified()], nul: true), "a/b.jpg\0a/b.jpg\0")
  }

  func testTable() throws {
    let table = try text(.table, Samples.all)
    XCTAssertFalse(table.contains("\u{1b}"), "escape codes of a path reach the terminal")
    let lines = table.split(separator: "\n")
    XCTAssertEqual(lines.count, 5)
    XCTAssertTrue(lines[1].hasSuffix("3024x4032    tabby 0.93, tiger cat 0.00"), String(lines[1]))
    XCTAssertTrue(lines[4].hasPrefix(#"esc\x1b[2J\n.jpg "#))
  }

  func testTableKeepsToTheTerminal() throws {
    let long = String(repeating: "ü漢", count: 60)
    var outcome = Samples.classified()
    outcome.path = RawPath(long + "/end.jpg")
    outcome.result = .failure(Failure(.read, .ioError, long))
    for width in [40, 80, 200] {
      outcome.warnings = [long]
      let table = try written { output in
        let sink = TableSink(output, style: TableStyle(width: width, colour: false))
        try sink.write(outcome)
        try sink.finish()
      }
      for line in table.split(separator: "\n") { XCTAssertLessThanOrEqual(TerminalText.width(String(line)), width) }
      XCTAssertTrue(table.contains("/end.jpg"))
      XCTAssertTrue(table.contains("…"))
    }
    let coloured = try written { output in
      let sink = TableSink(output, style: TableStyle(width: 80, colour: true))
      try sink.write(outcome)
      try sink.finish()
    }
    XCTAssertTrue(coloured.contains("\u{1b}[31m"))
  }

  func testClosedPipe() throws {
    signal(SIGPIPE, SIG_IGN)
    var ends: [Int32] = [0, 0]
    XCTAssertEqual(pipe(&ends), 0)
    close(ends[0])
    defer { close(ends[1]) }
    let output = ByteOutput(descriptor: ends[1])
    XCTAssertTrue(output.isLive)
    let sink = JSONLinesSink(output)
    try sink.write(Samples.classified())
    for _ in 0..<2 {
      XCTAssertThrowsError(try sink.flush()) { error in
        guard case SinkError.closedPipe = error else { return XCTFail("\(error)") }
      }
    }
    XCTAssertThrowsError(try sink.write(Samples.classified()))
    XCTAssertThrowsError(try sink.finish())
  }

  func testFullDisk() throws {
    #if os(Linux)
      let sink = JSONLinesSink(ByteOutput(try outputFile("/dev/full")))
      XCTAssertThrowsError(
        try {
          for _ in 0..<1000 { try sink.write(Samples.classified()) }
          try sink.finish()
        }()
      ) { error in
        guard case SinkError.failed(let message) = error else { return XCTFail("\(error)") }
        XCTAssertTrue(message.contains("/dev/full"))
      }
    #endif
  }

  func testSlowReaderOfNonBlockingPipeGetsAll() throws {
    var ends: [Int32] = [0, 0]
    XCTAssertEqual(pipe(&ends), 0)
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    let (reader, writer) = (ends[0], ends[1])
    let total = Mutable()
    let isWritten = Atomic(false)
    let done = expectation(description: "read")
    DispatchQueue.global().async {
      var block = [UInt8](repeating: 0, count: 10_000)
      while true {
        // A reader so slow that the writer finds the pipe full before each block.
        try? waitUntil("the pipe is full, or all is written") {
          var status = pollfd(fd: writer, events: Int16(POLLOUT), revents: 0)
          return isWritten.load(ordering: .acquiring) || poll(&status, 1, 0) == 0
        }
        let got = read(reader, &block, block.count)
        guard got > 0 else { break }
        total.value += got
      }
      done.fulfill()
    }
    let output = ByteOutput(descriptor: ends[1])
    let big = [UInt8](repeating: 65, count: 700_001)
    try output.write(big)
    try output.finish()
    isWritten.store(true, ordering: .releasing)
    close(ends[1])
    wait(for: [done], timeout: 120)
    close(reader)
    XCTAssertEqual(total.value, big.count)
  }

  func testCannotOpen() {
    XCTAssertThrowsError(try outputFile("/nonexistent/x")) { XCTAssertTrue($0 is SetupError) }
    XCTAssertThrowsError(try outputFile("/"))
  }

  /// Read after the writer is done only.
  private final class Mutable: @unchecked Sendable { var value = 0 }
}
