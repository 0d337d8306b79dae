import Platform
import Recognition

/// Slots of a task's second model -> answers. It never waits for the first model.
struct SecondModelStage {
  let requests: Channel<InferenceRequest>.Receiver
  let network: NetworkWorker
  let task: TaskPlan
  let rule: SecondModel.Rule
  let router: AnswerRouter
  let buffers: Buffers
  let control: RunControl

  func run() {
    network.warmUp()
    var cap = BatchCap(limit: rule.latencyLimit)
    while true {
      let batch = network.batch(from: requests, atMost: cap.images)
      guard !batch.isEmpty else { return }
      guard !control.stop.dropsWaiting else {
        for request in batch {
          buffers.release(request.slot)
          router.drop(request.job)
        }
        continue
      }
      let start = monotonicSeconds()
      let answers = network.answers(to: batch, of: task)
      let seconds = monotonicSeconds() - start
      cap.ran(batch.count, seconds: seconds)
      control.metrics.count { $0.count(seconds, in: .infer) }
      for (request, answer) in zip(batch, answers) {
        router.route(
          request, answer.map(attributed), wait: (start - request.readyAt) * 1000,
          infer: seconds / Double(batch.count) * 1000)
      }
    }
  }

  /// The answer with the name of the second model, counted by the rule.
  private func attributed(_ answer: Answer) -> Answer {
    var answer = answer
    answer.answeringModel = answer.model
    switch rule {
    case .fallback(let breaker):
      answer.isFallback = true
      breaker.fellBack()
    case .cascade: control.metrics.count { $0.escalated += 1 }
    }
    return answer
  }
}
