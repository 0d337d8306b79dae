import Platform
import Recognition

extension ScanPipeline {
  /// Slots of the second network of a task -> answers. Nothing that it does waits for the first one.
  func runSecondModel(task index: Int, instance: Int) {
    let task = plan.tasks[index]
    defer {
      task.steps.isEmpty ? () : crops[index][0].finish()
      finished.finish()
      completions.finish()
    }
    guard let second = task.secondModel else { return }
    let engine = second.instances[instance]
    warmUp(engine, second.model.card.input, instance: instance)
    while true {
      let batch = escalated[index].receive(
        atMost: min(plan.maxBatch, engine.maxBatch), budget: plan.batchPixels, consumers: second.instances.count,
        alike: { $0.transform.slot == $1.transform.slot })
      guard !batch.isEmpty else { return }
      let start = monotonicSeconds()
      let answers = answers(to: batch, of: engine, second.model, second.thresholds, task: index)
      let seconds = monotonicSeconds() - start
      metrics.count { $0.inferSeconds += seconds }
      for (request, answer) in zip(batch, answers) {
        var answer = answer
        if case .success(var told) = answer {
          told.answeringModel = told.model
          if case .fallback = second.rule {
            told.isFallback = true
            metrics.count { $0.fallbacks += 1 }
          } else {
            metrics.count { $0.escalated += 1 }
          }
          answer = .success(told)
        }
        complete(
          request, answer, task: index, wait: (start - request.readyAt) * 1000,
          infer: seconds / Double(batch.count) * 1000)
      }
      for request in batch { release(request.slot) }
    }
  }

  /// Sends an image on to the second network; precondition: it has a slot for it.
  func forward(_ request: InferenceRequest, task index: Int) {
    guard let second = request.second else { preconditionFailure("no slot for the second network") }
    escalated[index].send(
      InferenceRequest(job: request.job, transform: second.transform, slot: second.slot, readyAt: monotonicSeconds()))
  }

  /// Whether the first network's answer to an image is not sure enough for a cascade.
  func isUnsure(_ outputs: Outputs, image: Int, _ request: InferenceRequest, of task: TaskPlan) -> Bool {
    guard case .cascade(let least)? = task.secondModel?.rule else { return false }
    // What is told may leave classes out; how sure the network is does not depend on it.
    let best = try? task.model.card.head.findings(
      in: outputs, image: image, transform: request.transform, labels: task.model.labels, thresholds: Thresholds(top: 1)
    )
    guard case .labels(let labels)? = best, let first = labels.first else { return true }
    return first.score < least
  }

  func release(_ slot: PixelBuffer) {
    memory.release(slot.byteCount)
    slots.release(slot)
  }
}
