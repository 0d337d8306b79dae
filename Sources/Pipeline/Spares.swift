import Recognition

extension Run {
  /// Slots of the second network of a task -> answers. Nothing that it does waits for the first one.
  func runSpare(task index: Int, instance: Int) {
    let task = plan.tasks[index]
    defer {
      task.steps.isEmpty ? () : crops[index][0].finish()
      finished.finish()
      departures.finish()
    }
    guard let spare = task.spare else { return }
    let engine = spare.instances[instance]
    warmUp(engine, spare.model.card.input, instance: instance)
    while true {
      let batch = spares[index].receive(
        atMost: min(plan.maxBatch, engine.maxBatch), budget: plan.batchPixels, consumers: spare.instances.count,
        alike: { $0.view.slot == $1.view.slot })
      guard !batch.isEmpty else { return }
      let start = monotonicSeconds()
      let answers = answers(to: batch, of: engine, spare.model, spare.thresholds, task: index)
      let seconds = monotonicSeconds() - start
      meter.count { $0.inferSeconds += seconds }
      for (parcel, answer) in zip(batch, answers) {
        var answer = answer
        if case .success(var told) = answer {
          told.another = told.model
          if case .broken = spare.rule {
            told.isMakeshift = true
            meter.count { $0.fellBack += 1 }
          } else {
            meter.count { $0.wentOn += 1 }
          }
          answer = .success(told)
        }
        settle(
          parcel, answer, task: index, wait: (start - parcel.readyAt) * 1000,
          infer: seconds / Double(batch.count) * 1000)
      }
      for parcel in batch { release(parcel.slot) }
    }
  }

  /// Sends an image on to the second network; precondition: it has a slot for it.
  func handOn(_ parcel: Prepared, task index: Int) {
    guard let spare = parcel.spare else { preconditionFailure("no slot for the second network") }
    spares[index].send(Prepared(work: parcel.work, view: spare.view, slot: spare.slot, readyAt: monotonicSeconds()))
  }

  /// Whether the first network's answer to an image is not sure enough for a cascade.
  func isUnsure(_ outputs: Outputs, image: Int, _ parcel: Prepared, of task: TaskPlan) -> Bool {
    guard case .unsure(let least)? = task.spare?.rule else { return false }
    // What is told may leave classes out; how sure the network is does not depend on it.
    let best = try? task.model.card.head.findings(
      in: outputs, image: image, view: parcel.view, labels: task.model.labels, thresholds: Thresholds(top: 1))
    guard case .labels(let labels)? = best, let first = labels.first else { return true }
    return first.score < least
  }

  func release(_ slot: Pixels) {
    memory.give(slot.byteCount)
    slots.give(slot)
  }
}
