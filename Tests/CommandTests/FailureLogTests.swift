import Foundation
import Platform
import Recognition
import XCTest

@testable import imgrec

/// The bound of failures in the log.
final class FailureLogTests: XCTestCase {
  private final class Discarding: Sink {
    var count = 0
    var dropped: [Int] = []
    func drop(_ index: Int) { dropped.append(index) }
    func write(_ outcome: Outcome) { count += 1 }
    func flush() {}
    func finish() {}
  }

  private func outcome(_ code: Failure.Code?) -> Outcome {
    Outcome(
      index: 0, path: RawPath("a.jpg"), result: code.map { .failure(Failure(.read, $0, "no")) } ?? .success([]))
  }

  func testAWindowForEachCode() throws {
    var time = 0.0
    var lines: [LogEntry] = []
    let next = Discarding()
    let log = FailureLog(next: next, clock: { time }, print: { lines.append($0) })
    for _ in 0..<15 { try log.write(outcome(.empty)) }
    for _ in 0..<3 { try log.write(outcome(.notFound)) }
    XCTAssertEqual(lines.map(\.event), Array(repeating: .imageFailed, count: 13))
    // The window of both ends; what was left out is counted, and a new one begins.
    time = 61
    try log.write(outcome(nil))
    XCTAssertEqual(lines.count, 14)
    XCTAssertEqual(lines[13].event, .failuresOmitted)
    XCTAssertEqual(lines[13].message, "5 more images failed by empty")
    try log.write(outcome(.empty))
    XCTAssertEqual(lines.last?.event, .imageFailed)
    for _ in 0..<11 { try log.write(outcome(.empty)) }
    try log.finish()
    XCTAssertEqual(lines.last?.message, "2 more images failed by empty")
    XCTAssertEqual(next.count, 31, "every outcome is passed on")
    log.drop(7)
    XCTAssertEqual(next.dropped, [7])
  }
}
