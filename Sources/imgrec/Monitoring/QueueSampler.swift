import Dispatch
import Outputs
import Platform
import Queue
import Recognition
import Redis
import Synchronization

/// Reads the load of a queue for the pages of a run, at most once a second, and waits for it at most two seconds.
final class QueueSampler: Sendable {
  private struct State {
    var load: Result<QueueLoad, RedisError>?
    /// Monotonic seconds of `load`.
    var readAt = -Double.infinity
    /// Ends when the reading in progress does.
    var reading: DispatchGroup?
  }

  private let redis: RedisQueue
  private let plan: QueueManifest
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "imgrec.queue.load")

  private static let lifetime = 1.0
  private static let patience = DispatchTimeInterval.seconds(2)

  init(_ redis: RedisQueue, plan: QueueManifest) {
    self.redis = redis
    self.plan = plan
  }

  /// What the queue says now; `obstacle` names the reason if it does not answer.
  func sample() -> (measurements: QueueMeasurements, obstacle: String?) {
    let reading = state.withLock { state -> DispatchGroup? in
      if let reading = state.reading { return reading }
      guard monotonicSeconds() - state.readAt > Self.lifetime else { return nil }
      let reading = DispatchGroup()
      state.reading = reading
      reading.enter()
      queue.async {
        self.read()
        reading.leave()
      }
      return reading
    }
    let isLate = reading?.wait(timeout: .now() + Self.patience) == .timedOut
    let load = isLate ? nil : state.withLock { $0.load }
    let obstacle: String? =
      switch load {
      case .success: nil
      case .failure(let error): "the queue does not answer: \(error)"
      case nil: "queue \(redis.label) does not answer"
      }
    return (QueueMeasurements(name: redis.name, load: try? load?.get()), obstacle)
  }

  private func read() {
    let load: Result<QueueLoad, RedisError>
    do throws(RedisError) { load = .success(try redis.load(plan)) } catch { load = .failure(error) }
    state.withLock { state in
      state.load = load
      state.readAt = monotonicSeconds()
      state.reading = nil
    }
  }
}
