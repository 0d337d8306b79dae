import Inputs
import Platform
import Recognition

extension ScanPipeline {
  /// Items -> bytes in memory and their digest.
  func runReader() {
    defer {
      digested.finish()
      completions.finish()
    }
    while true {
      let items = unread.receive(atMost: Self.reads, consumers: plan.readers)
      guard !items.isEmpty else { return }
      var jobs: [ImageJob] = []
      var bytes = 0
      let start = monotonicSeconds()
      for item in items {
        guard !stop.isRequested else {
          completions.send(.dropped(index: item.index))
          continue
        }
        guard let job = read(item) else { continue }
        jobs.append(job)
        bytes += job.facts.bytes ?? 0
        // Small files go on together, so that nobody is woken up for each; large ones, and those of a slow disk, at once.
        guard bytes >= Self.handed || monotonicSeconds() - start > 0.002 else { continue }
        digested.send(contentsOf: jobs)
        jobs.removeAll(keepingCapacity: true)
        bytes = 0
      }
      digested.send(contentsOf: jobs)
    }
  }

  /// Bytes that a reader hands on together, at most, unless it is one file.
  private static let handed = 512 << 10

  /// The bytes of an item, digested; nil where it has failed, which is told.
  private func read(_ item: Item) -> ImageJob? {
    let start = monotonicSeconds()
    let bytes = files.acquire()
    var stamp: FileStamp?
    do throws(Failure) {
      switch item.origin {
      case .file: stamp = try FileReader.readSettled(item.path, into: bytes, maxBytes: plan.maxFileSize)
      case .fileAt(let place): stamp = try FileReader.readSettled(place, into: bytes, maxBytes: plan.maxFileSize)
      case .bytes(let inline): bytes.assign(inline)
      case .fault(let failure): throw failure
      }
    } catch {
      files.release(bytes)
      completions.send(.record(Outcome(index: item.index, path: item.path, result: .failure(error))))
      return nil
    }
    let job = ImageJob(item: item, bytes: bytes, tasks: plan.tasks.count)
    job.facts.bytes = bytes.count
    job.facts.digest = FileReader.digest(bytes.bytes)
    if plan.cache != nil {
      job.cache = .miss
      job.stamp = stamp
    }
    let seconds = monotonicSeconds() - start
    job.timings.read = seconds * 1000
    metrics.count {
      $0.bytesRead += bytes.count
      $0.readSeconds += seconds
    }
    return job
  }

  /// Slots -> answers, in batches of what is ready.
  func runInference(task index: Int, instance: Int) {
    defer {
      plan.tasks[index].steps.isEmpty ? () : crops[index][0].finish()
      escalated[index].finish()
      finished.finish()
      completions.finish()
    }
    let task = plan.tasks[index]
    let engine = task.instances[instance]
    warmUp(engine, task.model.card.input, instance: instance)
    let channel = prepared[index]
    while true {
      var batch = channel.receive(
        atMost: min(plan.maxBatch, engine.maxBatch), budget: plan.batchPixels, consumers: task.instances.count,
        alike: { $0.transform.slot == $1.transform.slot })
      guard !batch.isEmpty else { return }
      if case .fallback(let breaker)? = task.secondModel?.rule {
        // Those that are not let through go to the fallback untried.
        let admitted = breaker.admit(batch.count)
        for request in batch.dropFirst(admitted) {
          forward(request, task: index)
          release(request.slot)
        }
        batch.removeLast(batch.count - admitted)
        if batch.isEmpty { continue }
      }
      infer(batch, task: index, engine: engine)
      for request in batch { release(request.slot) }
    }
  }

  /// The first run of a network plans and allocates; it should not cost the first image's time. The first instance has
  /// run when it was loaded; the others run once there is an image for each.
  func warmUp(_ engine: any Engine, _ input: InputSpec, instance: Int) {
    guard plan.warmsUp, input.hasFixedShape, instance > 0, window.hasLetIn(moreThan: instance) else { return }
    let slot = PixelBuffer(size: PixelSize(width: input.width, height: input.height), order: input.channels)
    slot.bytes.initialize(repeating: 127)
    _ = try? engine.infer([slot]) { _ in }
  }

  /// Answers a batch; what its network leaves to the second one is sent on.
  private func infer(_ batch: [InferenceRequest], task index: Int, engine: any Engine) {
    let task = plan.tasks[index]
    let start = monotonicSeconds()
    let answers = answers(to: batch, of: engine, task.model, task.thresholds, task: index)
    let seconds = monotonicSeconds() - start
    metrics.count { $0.inferSeconds += seconds }
    for (request, answer) in zip(batch, answers) {
      if needsSecondModel(answer, to: task.secondModel) {
        forward(request, task: index)
      } else {
        if let second = request.second { release(second.slot) }
        complete(
          request, answer, task: index, wait: (start - request.readyAt) * 1000,
          infer: seconds / Double(batch.count) * 1000)
      }
    }
  }

  /// Whether the second network is to answer, and what the breaker learns from it.
  private func needsSecondModel(_ answer: Result<Answer, Failure>, to second: SecondModel?) -> Bool {
    switch (second?.rule, answer) {
    case (.cascade?, .success(let told)): return told.isUnsure
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

  /// What a network says of a batch; one that fails is taken apart, so that one image cannot take its neighbours along.
  func answers(
    to batch: [InferenceRequest], of engine: any Engine, _ model: LoadedModel, _ thresholds: Thresholds, task index: Int
  ) -> [Result<Answer, Failure>] {
    let task = plan.tasks[index]
    let name = task.reference(of: model)
    let isFirst = model.digest == task.model.digest
    metrics.count {
      $0.batches += 1
      $0.batchedImages += batch.count
    }
    do throws(Failure) {
      return try engine.infer(batch.map(\.slot)) { (outputs) throws(Failure) in
        batch.indices.map { n in
          do throws(Failure) {
            let findings = try model.card.head.findings(
              in: outputs, image: n, transform: batch[n].transform, labels: model.labels, thresholds: thresholds)
            var answer = Answer(task: task.task, model: name, engine: engine.kind, findings: findings)
            answer.isUnsure = isFirst && isUnsure(outputs, image: n, batch[n], of: task)
            return .success(answer)
          } catch {
            return .failure(error)
          }
        }
      }
    } catch {
      guard batch.count > 1 else { return [.failure(error)] }
      metrics.count {
        $0.batches -= 1
        $0.batchedImages -= batch.count
      }
      return batch.flatMap { answers(to: [$0], of: engine, model, thresholds, task: index) }
    }
  }

  /// An answer on its way: to the further networks of its task, or out.
  func complete(
    _ request: InferenceRequest, _ answer: Result<Answer, Failure>, task index: Int, wait: Double, infer: Double
  ) {
    if !plan.tasks[index].steps.isEmpty, case .success(let first) = answer,
      case .detections(let things) = first.findings
    {
      enqueueCrops(
        PendingDetections(job: request.job, task: index, answer: first, things: things, wait: wait, infer: infer), to: 0
      )
    } else if let outcome = request.job.complete(task: index, answer, wait: wait, infer: infer) {
      complete(request.job, outcome)
    }
  }
}
