import Dispatch
import Recognition
import Synchronization

/// Keeps every instance of a network busy with the same batches, again and again.
final class NetworkLoad {
  private let group = DispatchGroup()
  private let state: State
  private let started = ContinuousClock.now

  /// What the workers share.
  private final class State: Sendable {
    let next = Atomic<Int>(0)
    let done = Atomic<Int>(0)
    let isOver = Atomic<Bool>(false)
    let batches: [[PixelBuffer]]
    let end: ContinuousClock.Instant?

    init(_ batches: [[PixelBuffer]], end: ContinuousClock.Instant?) { (self.batches, self.end) = (batches, end) }

    /// The next batch; nil after the last pass, which is a whole one unless `end` is nil.
    func take() -> [PixelBuffer]? {
      let number = next.add(1, ordering: .relaxed).oldValue
      let position = number % batches.count
      if let end, number > 0, position == 0, ContinuousClock.now >= end { isOver.store(true, ordering: .relaxed) }
      return isOver.load(ordering: .relaxed) ? nil : batches[position]
    }
  }

  /// An engine that is passed to the one worker that uses it.
  private struct UncheckedEngine: @unchecked Sendable { let value: any Engine }

  /// Starts at once. `seconds`: least time; nil: until `end` is called.
  init(_ engines: [any Engine], batches: [[PixelBuffer]], seconds: Double?) {
    let state = State(batches, end: seconds.map { .now + .seconds($0) })
    self.state = state
    for (n, engine) in engines.enumerated() {
      let engine = UncheckedEngine(value: engine)
      DispatchQueue(label: "imgrec.bench.\(n)").async(group: group) {
        while let batch = state.take() {
          guard (try? engine.value.infer(batch) { _ in }) != nil else { return }
          state.done.add(batch.count, ordering: .relaxed)
        }
      }
    }
  }

  /// Waits for the end, or causes it if no time was given. Returns images per second.
  func end() -> Double {
    if state.end == nil { state.isOver.store(true, ordering: .relaxed) }
    group.wait()
    let elapsed = (ContinuousClock.now - started) / .seconds(1)
    return Double(state.done.load(ordering: .relaxed)) / elapsed
  }
}
