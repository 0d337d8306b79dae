import Platform
import Recognition

/// Slots -> answers, in batches of what is ready.
struct InferenceStage {
  let requests: Channel<InferenceRequest>.Receiver
  /// What the task's second model is to answer.
  let escalated: Channel<InferenceRequest>.Sender
  let network: NetworkWorker
  let task: TaskPlan
  let router: AnswerRouter
  let buffers: Buffers
  let control: RunControl

  func run() {
    network.warmUp()
    var cap = BatchCap(limit: task.secondModel?.rule.latencyLimit)
    while true {
      let batch = network.batch(from: requests, atMost: cap.images)
      guard !batch.isEmpty else { return }
      guard !control.stop.dropsWaiting else {
        drop(batch)
        continue
      }
      guard let second = task.secondModel else {
        infer(batch) { _ in [] }
        continue
      }
      switch second.rule {
      case .cascade:
        infer(batch) { run in run.answers.map { (try? $0.get().isUnsure) ?? false } }
      case .fallback(let breaker):
        let admission = breaker.admit(batch.count)
        // Images that are not admitted go to the fallback untried.
        for request in batch.dropFirst(admission.images) { second.take(request, from: buffers, to: escalated) }
        guard admission.images > 0 else { continue }
        infer(Array(batch.prefix(admission.images))) { run in
          let verdicts = run.answers.map(Self.verdict)
          cap.ran(verdicts.count, seconds: run.seconds)
          breaker.finished(admission, verdicts, seconds: run.seconds)
          return verdicts.map { $0 == .failed }
        }
      }
    }
  }

  private func drop(_ batch: [InferenceRequest]) {
    for request in batch {
      buffers.release(request.slot)
      if let second = request.second { buffers.release(second.slot) }
      router.drop(request.job)
    }
  }

  /// What a run of the network gave, and the seconds that it took.
  private typealias Run = (answers: [Result<Answer, Failure>], seconds: Double)

  /// Answers a batch. `isForwarded` decides which of its images the second model is to answer: none, or one value for
  /// each.
  private func infer(_ batch: [InferenceRequest], isForwarded: (Run) -> [Bool]) {
    let start = monotonicSeconds()
    let answers = network.answers(to: batch, of: task)
    let seconds = monotonicSeconds() - start
    control.metrics.count { $0.count(seconds, in: .infer) }
    let forwarded = isForwarded((answers, seconds))
    for (index, (request, answer)) in zip(batch, answers).enumerated() {
      if let second = task.secondModel, forwarded[index] {
        second.take(request, from: buffers, to: escalated)
      } else {
        if let second = request.second { buffers.release(second.slot) }
        router.route(
          request, answer, wait: (start - request.readyAt) * 1000, infer: seconds / Double(batch.count) * 1000)
      }
    }
  }

  /// What an answer says about the network.
  private static func verdict(_ answer: Result<Answer, Failure>) -> BreakerState.Verdict {
    switch answer {
    case .success: .answered
    case .failure(let failure):
      failure.code == .inferenceFailed || failure.code == .unexpectedOutput ? .failed : .neutral
    }
  }
}
