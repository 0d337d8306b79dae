import Foundation
import Recognition
import Synchronization
import Testing

@testable import Pipeline

/// The circuit breaker as its users see it; `BreakerStateTests` go through its states.
struct CircuitBreakerTests {
  @Test("it opens, tries one image, and closes")
  func opensTriesAndCloses() {
    let clock = Clock()
    let changes = Changes()
    let breaker = CircuitBreaker(BreakerRules(failures: 3, pause: 10), clock: { clock.now }, onChange: changes.append)
    func run(_ verdicts: [BreakerState.Verdict]) {
      let admission = breaker.admit(verdicts.count)
      breaker.finished(admission, Array(verdicts.prefix(admission.images)), seconds: 0)
    }
    run([.failed, .failed, .answered, .failed, .failed])
    #expect(breaker.admit(8).images == 8, "not in a row")
    run([.failed])
    #expect(breaker.admit(8).images == 0)
    #expect(!breaker.admits)
    clock.now = 11
    #expect(breaker.admits)
    let trial = breaker.admit(8)
    #expect(trial.images == 1, "a trial")
    #expect(!breaker.admits)
    #expect(breaker.admit(8).images == 0, "and one only")
    breaker.finished(trial, [.failed], seconds: 0)
    #expect(breaker.admit(8).images == 0)
    clock.now = 30
    #expect(breaker.admit(8).images == 0, "the second pause is twice as long")
    clock.now = 32
    run([.answered])
    #expect(breaker.admit(8).images == 8)
    #expect(changes.kinds == [.opened(.failures), .reopened(.failures), .closed])
    #expect(breaker.report.openings == [.failures: 1])
    #expect(breaker.report.closings == 1)
    #expect(breaker.report.trials == 2)
  }

  @Test("many workers at once: never more than one trial, and no image is lost")
  func workersShareIt() {
    let clock = Clock()
    let rules = BreakerRules(failures: 3, latency: .init(seconds: 0.2), pause: 1)
    let breaker = CircuitBreaker(rules, clock: { clock.now })
    let underWay = Atomic(0)
    let most = Atomic(0)
    let admitted = Atomic(0)
    let refused = Atomic(0)
    let answered = Atomic(0)
    // Slow, failing and good times alternate: the breaker passes through all of its states many times.
    DispatchQueue.concurrentPerform(iterations: 8) { worker in
      for round in 0..<2000 {
        clock.advance(0.01)
        let mood = round / 100 % 3
        let admission = breaker.admit(4)
        admitted.add(admission.images, ordering: .relaxed)
        refused.add(4 - admission.images, ordering: .relaxed)
        guard admission.images > 0 else { continue }
        // Closed, it admits all four.
        let isTrial = admission.images == 1
        if isTrial { most.max(underWay.add(1, ordering: .relaxed).newValue, ordering: .relaxed) }
        let verdicts = [BreakerState.Verdict](repeating: mood == 1 ? .failed : .answered, count: admission.images)
        answered.add(mood == 1 ? 0 : admission.images, ordering: .relaxed)
        if isTrial { underWay.subtract(1, ordering: .relaxed) }
        breaker.finished(admission, verdicts, seconds: mood == 2 ? 0.3 : 0.1)
      }
    }
    let report = breaker.report
    #expect(admitted.load(ordering: .relaxed) + refused.load(ordering: .relaxed) == 8 * 2000 * 4)
    #expect(report.answered == answered.load(ordering: .relaxed))
    #expect(most.load(ordering: .relaxed) <= 1)
    #expect(report.tripCount > 0)
    // Each opening but the last may have been closed; it never closes more often than it opened.
    #expect((report.tripCount - 1...report.tripCount).contains(report.closings))
    // Whatever happened, it is not stuck: with good answers it closes.
    for _ in 0..<50 where breaker.report.state != .closed {
      clock.advance(60)
      let admission = breaker.admit(1)
      breaker.finished(admission, [.answered].suffix(admission.images), seconds: 0.01)
    }
    #expect(breaker.report.state == .closed)
  }
}

/// A clock that the test sets.
private final class Clock: Sendable {
  private let mutex = Mutex(0.0)
  var now: Double {
    get { mutex.withLock { $0 } }
    set { mutex.withLock { $0 = newValue } }
  }
  func advance(_ seconds: Double) { mutex.withLock { $0 += seconds } }
}

private final class Changes: Sendable {
  private let all = Mutex<[BreakerChange]>([])
  var kinds: [BreakerChange.Kind] { all.withLock { $0.map(\.kind) } }
  var append: @Sendable (BreakerChange) -> Void { { change in self.all.withLock { $0.append(change) } } }
}
