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
    while true {
      var batch = network.batch(from: requests)
      guard !batch.isEmpty else { return }
      guard !control.stop.dropsWaiting else {
        drop(batch)
        continue
      }
      if case .fallback(let breaker)? = task.secondModel?.rule {
        // Images that are not admitted go to the fallback untried.
        let admitted = breaker.admit(batch.count)
        for request in batch.dropFirst(admitted) {
          escalate(request)
          buffers.release(request.slot)
        }
        batch.removeLast(batch.count - admitted)
        if batch.isEmpty { continue }
      }
      infer(batch)
    }
  }

  private func drop(_ batch: [InferenceRequest]) {
    for request in batch {
      buffers.release(request.slot)
      if let second = request.second { buffers.release(second.slot) }
      router.drop(request.job)
    }
  }

  private func infer(_ batch: [InferenceRequest]) {
    let start = monotonicSeconds()
    let answers = network.answers(to: batch, of: task)
    let seconds = monotonicSeconds() - start
    control.metrics.count { $0.count(seconds, in: .infer) }
    for (request, answer) in zip(batch, answers) {
      if needsSecondModel(answer) {
        escalate(request)
        buffers.release(request.slot)
      } else {
        if let second = request.second { buffers.release(second.slot) }
        router.route(
          request, answer, wait: (start - request.readyAt) * 1000, infer: seconds / Double(batch.count) * 1000)
      }
    }
  }

  /// Forwards an image to the second model; precondition: it has a slot for it.
  private func escalate(_ request: InferenceRequest) {
    guard let second = request.second else { preconditionFailure("no slot for the second model") }
    escalated.send(
      InferenceRequest(
        job: request.job, transform: second.transform, slot: second.slot, readyAt: monotonicSeconds(),
        isPage: task.secondModel?.model.card.input.resize.rule == .page))
  }

  /// Whether the second model is to answer. Reports the outcome to the breaker.
  private func needsSecondModel(_ answer: Result<Answer, Failure>) -> Bool {
    switch (task.secondModel?.rule, answer) {
    case (.cascade?, .success(let answer)): return answer.isUnsure
    case (.fallback(let breaker)?, .success):
      breaker.succeeded()
      return false
    case (.fallback(let breaker)?, .failure(let failure)):
      guard failure.code == .inferenceFailed || failure.code == .unexpectedOutput else { return false }
      breaker.failed()
      return true
    case (.cascade?, .failure), (nil, _): return false
    }
  }
}
