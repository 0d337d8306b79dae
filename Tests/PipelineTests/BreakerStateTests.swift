import Recognition
import Testing

@testable import Pipeline

/// Every change of a breaker's state, with the times given.
struct BreakerStateTests {
  private static let limit = BreakerRules(failures: 5, latency: .init(seconds: 0.2), pause: 10)

  /// Hands `count` images to the network at `now`; returns what changed.
  @discardableResult
  private func run(
    _ state: inout BreakerState, _ count: Int = 1, _ verdict: BreakerState.Verdict = .answered, seconds: Double = 0.1,
    at now: Double
  ) -> BreakerChange? {
    let admission = state.admit(count, at: now)
    return state.finished(
      admission, Array(repeating: verdict, count: admission.images), seconds: seconds, at: now + seconds)
  }

  /// A breaker that was opened by latency at 1.3.
  private func opened() -> BreakerState {
    var state = BreakerState(Self.limit)
    for n in 0..<8 { run(&state, at: Double(n) * 0.1) }
    run(&state, seconds: 0.5, at: 0.8)
    let change = run(&state, seconds: 0.5, at: 0.8)
    #expect(change == BreakerChange(kind: .opened(.latency), latency: 0.5, pause: 10))
    return state
  }

  @Test("the window opens it with ten images, two of which are over the limit")
  func opensByLatency() {
    var state = BreakerState(Self.limit)
    for n in 0..<9 {
      #expect(run(&state, seconds: 9, at: Double(n)) == nil, "fewer than ten images decide nothing")
    }
    #expect(run(&state, seconds: 9, at: 20)?.kind == .opened(.latency))
    #expect(state.report.state == .open)
    #expect(state.report.openings == [.latency: 1])
  }

  @Test("exactly at the limit is within it; one outlier, even a whole batch, is none")
  func bounds() {
    var state = BreakerState(Self.limit)
    for n in 0..<200 { #expect(run(&state, seconds: 0.2, at: Double(n)) == nil) }
    for n in 200..<300 { run(&state, seconds: 0.1, at: Double(n)) }
    #expect(run(&state, 50, seconds: 7, at: 310) == nil, "one slow batch")
    #expect(run(&state, 1, seconds: 0.2000001, at: 320)?.kind == .opened(.latency), "and another")
  }

  @Test("five slow images of a hundred are borne, six are not")
  func quantile() {
    for (slow, opens) in [(5, false), (6, true)] {
      var state = BreakerState(Self.limit)
      for n in 0..<(100 - slow) { run(&state, at: Double(n)) }
      var change: BreakerChange?
      for n in 0..<slow { change = run(&state, seconds: 1, at: 200 + Double(n)) ?? change }
      #expect((change?.kind == .opened(.latency)) == opens, "\(slow)")
      #expect((state.report.state == .open) == opens)
    }
  }

  @Test("images older than five minutes count no more")
  func age() {
    var state = BreakerState(Self.limit)
    for n in 0..<4 { run(&state, seconds: 1, at: Double(n)) }
    // Nine fast ones, while the slow ones leave the window.
    for n in 0..<9 { #expect(run(&state, at: 400 + Double(n)) == nil) }
    #expect(run(&state, at: 410) == nil)
    #expect(state.report.latency == 0.1)
  }

  @Test("after the pause one image at a time is tried; five within 80 % of the limit close it")
  func closes() {
    var state = opened()
    #expect(state.admit(4, at: 11.2).images == 0, "the pause counts from the opening")
    for n in 0..<5 {
      let now = 12 + Double(n)
      #expect(state.admits(at: now))
      let trial = state.admit(32, at: now)
      #expect(trial.images == 1)
      #expect(state.report.state == .halfOpen)
      #expect(state.admit(32, at: now).images == 0, "while the trial is under way")
      let change = state.finished(trial, [.answered], seconds: 0.16, at: now + 0.16)
      #expect(change?.kind == (n == 4 ? .closed : nil))
    }
    #expect(state.report.state == .closed)
    #expect(state.report.latency == nil, "a new window")
    #expect(state.admit(32, at: 20).images == 32)
  }

  @Test("two trials over 80 % of the limit open it again, for twice the time, up to 30 times the first")
  func pausesGrow() {
    var state = opened()
    var now = 1.3
    var expected = 10.0
    for _ in 0..<8 {
      #expect(state.admit(1, at: now + expected - 0.01).images == 0)
      now += expected
      #expect(run(&state, seconds: 0.161, at: now) == nil, "one is an outlier")
      now += 0.161
      let change = run(&state, seconds: 0.161, at: now)
      expected = min(2 * expected, 300)
      #expect(change == BreakerChange(kind: .reopened(.latency), latency: 0.161, pause: expected))
      now += 0.161
    }
    #expect(expected == 300)
    #expect(state.report.openings == [.latency: 1], "it never closed")
  }

  @Test("one slow trial is borne, before or between the five that close it")
  func slowTrial() {
    for slow in 0..<5 {
      var state = opened()
      var changes: [BreakerChange.Kind] = []
      for n in 0..<6 {
        if let change = run(&state, seconds: n == slow ? 3 : 0.1, at: 12 + Double(n) * 5) {
          changes.append(change.kind)
        }
      }
      #expect(changes == [.closed])
      #expect(state.report.trials == 6)
    }
  }

  @Test("a failing trial opens it again; one whose image is at fault does not count")
  func trialsThatDoNotAnswer() {
    var state = opened()
    #expect(run(&state, 1, .neutral, at: 12) == nil)
    #expect(state.report.state == .halfOpen)
    #expect(state.admits(at: 12.2), "the next image is the trial")
    #expect(run(&state, 1, .failed, at: 12.2)?.kind == .reopened(.failures))
  }

  @Test("one that opens soon after it closed pauses for longer; one that was well for long does not")
  func alternation() {
    var state = opened()
    func close(_ state: inout BreakerState, at now: Double) {
      for n in 0..<5 { run(&state, at: now + Double(n)) }
      #expect(state.report.state == .closed)
    }
    func open(_ state: inout BreakerState, at now: Double) -> Double? {
      for n in 0..<9 { run(&state, seconds: 1, at: now + Double(n)) }
      return run(&state, seconds: 1, at: now + 10)?.pause
    }
    close(&state, at: 20)
    #expect(open(&state, at: 100) == 20)
    close(&state, at: 200)
    #expect(open(&state, at: 600) == 10, "300 s after it closed")
  }

  @Test("what was under way when it changed says nothing about the time after")
  func lateAnswers() {
    var state = BreakerState(Self.limit)
    let early = state.admit(8, at: 0)
    for n in 0..<10 { run(&state, seconds: 1, at: Double(n)) }
    #expect(state.report.state == .open)
    #expect(state.finished(early, Array(repeating: .answered, count: 8), seconds: 10, at: 10) == nil)
    #expect(state.report.state == .open, "an early success does not close it")
    #expect(state.report.answered == 8 + 10, "all answers are counted")

    var other = BreakerState(BreakerRules(failures: 1, pause: 10))
    let failing = other.admit(8, at: 0)
    run(&other, 1, .failed, at: 1)
    let trial = other.admit(1, at: 20)
    #expect(other.finished(failing, Array(repeating: .failed, count: 8), seconds: 21, at: 21) == nil)
    #expect(other.report.state == .halfOpen, "an early failure does not open it")
    #expect(other.finished(trial, [.answered], seconds: 2, at: 22)?.kind == .closed)
  }

  @Test("a clock that jumps forwards tries early, one that goes back does not wait for it")
  func clockJumps() {
    var forwards = opened()
    #expect(forwards.admit(1, at: 1e9).images == 1)
    var backwards = opened()
    #expect(backwards.admit(1, at: -1e9).images == 1)
    var closed = BreakerState(Self.limit)
    for n in 0..<5 { run(&closed, seconds: 1, at: 1e6 + Double(n)) }
    for n in 0..<200 { run(&closed, at: Double(n)) }
    #expect(closed.report.state == .closed)
  }

  @Test("without a limit the time does not count, and one answer closes it")
  func failuresAlone() {
    var state = BreakerState(BreakerRules(failures: 2, pause: 10))
    for n in 0..<50 { #expect(run(&state, seconds: 60, at: Double(n) * 60) == nil) }
    #expect(run(&state, 1, .failed, at: 4000) == nil)
    #expect(run(&state, 1, .neutral, at: 4001) == nil)
    #expect(run(&state, 1, .failed, at: 4002)?.kind == .opened(.failures))
    #expect(run(&state, seconds: 60, at: 4020)?.kind == .closed)
    #expect(state.report.latency == nil)
  }

  @Test("failures in a row open it within a batch, whatever follows in it")
  func failuresInABatch() {
    var state = BreakerState(BreakerRules(failures: 3))
    let admission = state.admit(5, at: 0)
    let change = state.finished(
      admission, [.failed, .failed, .failed, .answered, .answered], seconds: 0.1, at: 0.1)
    #expect(change?.kind == .opened(.failures))
  }

  @Test("a run that hangs opens it while it still runs; its late answer does not matter")
  func hang() {
    var state = BreakerState(Self.limit)
    let stuck = state.admit(1, at: 0)
    _ = state.admit(0, at: 0)
    run(&state, at: 0.5)
    #expect(state.checkRuns(at: 1) == nil, "five times the limit")
    let change = state.checkRuns(at: 1.01)
    #expect(change?.kind == .opened(.latency))
    #expect(change.map { abs($0.latency - 1.01) < 1e-9 } == true)
    #expect(state.checkRuns(at: 1.02) == nil, "once")
    #expect(!state.admits(at: 59))
    #expect(state.admit(1, at: 59).images == 0, "no trial as long as it hangs")
    #expect(state.finished(stuck, [.answered], seconds: 60, at: 60) == nil)
    #expect(state.report.state == .open)
    // A trial that hangs keeps it half open.
    let trial = state.admit(1, at: 61)
    #expect(trial.images == 1)
    #expect(state.checkRuns(at: 100) == nil)
    #expect(state.admit(1, at: 100).images == 0)
    #expect(state.report.state == .halfOpen)
  }

  @Test("a burst: large batches are one latency for many images")
  func burst() {
    var state = BreakerState(Self.limit)
    for n in 0..<10 { run(&state, 64, at: Double(n)) }
    #expect(run(&state, 64, seconds: 0.3, at: 20) == nil)
    #expect(run(&state, 64, seconds: 0.3, at: 21)?.kind == .opened(.latency))
  }
}
