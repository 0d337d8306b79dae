import Dispatch

/// The workers of a run. A worker is one serial queue that runs one stage to its end.
struct WorkerGroup {
  private let group = DispatchGroup()

  /// Starts one worker for each stage. A stage is gone, and its senders with it, when its `run` returns.
  func start<Stage>(_ label: String, _ stages: [Stage], _ run: @escaping @Sendable (Stage) -> Void) {
    for (number, stage) in stages.enumerated() {
      let owned = Owned(stage: stage)
      DispatchQueue(label: "imgrec.\(label).\(number)").async(group: group) { run(owned.stage) }
    }
  }

  /// Starts a worker that `wait` does not wait for: a feed may be blocked on a terminal or a pipe when the run stops.
  func startDetached<Stage>(_ label: String, _ stage: Stage, _ run: @escaping @Sendable (Stage) -> Void) {
    let owned = Owned(stage: stage)
    DispatchQueue(label: "imgrec.\(label)").async { run(owned.stage) }
  }

  /// Waits until all workers have ended.
  func wait() { group.wait() }

  // Unchecked: the stage's engine, codec or connection is used by the stage's own worker only.
  private struct Owned<Stage>: @unchecked Sendable { let stage: Stage }
}
