import Synchronization
import XCTest

@testable import Pipeline

final class CircuitBreakerTests: XCTestCase {
  func testItOpensProbesAndCloses() {
    let box = Box(Mutex(0.0))
    let breaker = CircuitBreaker(limit: 3, pause: 10) { box.now }
    breaker.failed()
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    breaker.failed()
    XCTAssertEqual(breaker.admit(8), 8, "not in a row")
    XCTAssertTrue(breaker.failed())
    XCTAssertEqual(breaker.admit(8), 0)
    box.now = 11
    XCTAssertEqual(breaker.admit(8), 1, "a probe")
    XCTAssertEqual(breaker.admit(8), 0, "and one only")
    XCTAssertFalse(breaker.failed())
    XCTAssertEqual(breaker.admit(8), 0)
    box.now = 22
    XCTAssertEqual(breaker.admit(8), 1)
    breaker.succeeded()
    XCTAssertEqual(breaker.admit(8), 8)
    XCTAssertEqual(breaker.tripCount, 1)
  }
}

private final class Box: Sendable {
  private let mutex: Mutex<Double>
  init(_ mutex: consuming Mutex<Double>) { self.mutex = mutex }
  var now: Double {
    get { mutex.withLock { $0 } }
    set { mutex.withLock { $0 = newValue } }
  }
}
