import Foundation
import Platform
import Recognition
import XCTest

@testable import imgrec

/// The numbers of a run in progress.
final class CollectProgressTests: XCTestCase {
  /// A backlog comes at once, and what is recognised now comes slowly: the time left is that of the latter.
  func testTheRateIsThatOfTheLastSeconds() {
    var rate = RecentRate()
    XCTAssertEqual(rate.value, 0)
    rate.add(0, at: 0)
    XCTAssertEqual(rate.value, 0)
    rate.add(100_000, at: 1)
    XCTAssertEqual(rate.value, 100_000)
    for second in 2...100 { rate.add(100_000 + 10 * second, at: Double(second)) }
    XCTAssertEqual(rate.value, 10, accuracy: 0.001)
    // Nothing happens for a time.
    rate.add(101_000, at: 300)
    XCTAssertEqual(rate.value, 0, accuracy: 0.001)
  }

  func testTextAndTimeLeft() {
    var numbers = ProgressNumbers(done: 12_000, ok: 11_990, failed: 10, total: 40_000, left: 28_000, rate: 812)
    XCTAssertEqual(numbers.text, "12,000 of 40,000 records, 812 images/s, 35 s left")
    XCTAssertTrue(numbers.line(80).hasSuffix("] 12,000/40,000  812 images/s  10 failed  35 s left"), numbers.line(80))
    numbers.rate = 0
    XCTAssertNil(numbers.remainingSeconds)
    XCTAssertEqual(numbers.text, "12,000 of 40,000 records, 0.0 images/s")
    XCTAssertEqual(ProgressNumbers.duration(3_700), "1 h 1 min")
  }
}
