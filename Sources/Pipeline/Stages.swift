import Codecs
import Recognition

extension Run {
  /// Items -> bytes in memory and their digest.
  func runReader() {
    defer {
      digested.finish()
      departures.finish()
    }
    while true {
      let items = unread.receive(atMost: Self.reads, consumers: plan.readers)
      guard !items.isEmpty else { return }
      var works: [Work] = []
      var bytes = 0
      let start = monotonicSeconds()
      for item in items {
        guard !stop.isRequested else {
          departures.send(.dropped(index: item.index))
          continue
        }
        guard let work = read(item) else { continue }
        works.append(work)
        bytes += work.facts.bytes ?? 0
        // Small files go on together, so that nobody is woken up for each; large ones, and those of a slow disk, at once.
        guard bytes >= Self.handed || monotonicSeconds() - start > 0.002 else { continue }
        digested.send(contentsOf: works)
        works.removeAll(keepingCapacity: true)
        bytes = 0
      }
      digested.send(contentsOf: works)
    }
  }

  /// Bytes that a reader hands on together, at most, unless it is one file.
  private static let handed = 512 << 10

  /// The bytes of an item, digested; nil where it has failed, which is told.
  private func read(_ item: Item) -> Work? {
    let start = monotonicSeconds()
    let bytes = files.take()
    var stamp: FileStamp?
    do throws(Failure) {
      switch item.origin {
      case .file: stamp = try FileReader.readSettled(item.path, into: bytes, maxBytes: plan.maxFileSize)
      case .fileAt(let place): stamp = try FileReader.readSettled(place, into: bytes, maxBytes: plan.maxFileSize)
      case .bytes(let inline): bytes.assign(inline)
      case .fault(let failure): throw failure
      }
    } catch {
      files.give(bytes)
      departures.send(.record(Outcome(index: item.index, path: item.path, result: .failure(error))))
      return nil
    }
    let work = Work(item: item, bytes: bytes, tasks: plan.tasks.count)
    work.facts.bytes = bytes.count
    work.facts.digest = FileReader.digest(bytes.bytes)
    if plan.cache != nil {
      work.cache = .miss
      work.stamp = stamp
    }
    let seconds = monotonicSeconds() - start
    work.timings.read = seconds * 1000
    meter.count {
      $0.bytesRead += bytes.count
      $0.readSeconds += seconds
    }
    return work
  }

  /// Slots -> answers, in batches of what is ready.
  func runInference(task index: Int, instance: Int) {
    defer {
      plan.tasks[index].steps.isEmpty ? () : crops[index][0].finish()
      spares[index].finish()
      finished.finish()
      departures.finish()
    }
    let task = plan.tasks[index]
    let engine = task.instances[instance]
    warmUp(engine, task.model.card.input, instance: instance)
    let channel = prepared[index]
    while true {
      var batch = channel.receive(
        atMost: min(plan.maxBatch, engine.maxBatch), budget: plan.batchPixels, consumers: task.instances.count,
        alike: { $0.view.slot == $1.view.slot })
      guard !batch.isEmpty else { return }
      if case .broken(let breaker)? = task.spare?.rule {
        // Those that are not let through go to the fallback untried.
        let admitted = breaker.admits(batch.count)
        for parcel in batch.dropFirst(admitted) {
          handOn(parcel, task: index)
          release(parcel.slot)
        }
        batch.removeLast(batch.count - admitted)
        if batch.isEmpty { continue }
      }
      infer(batch, task: index, engine: engine)
      for parcel in batch { release(parcel.slot) }
    }
  }

  /// The first run of a network plans and allocates; it should not cost the first image's time. The first instance has
  /// run when it was loaded; the others run once there is an image for each.
  func warmUp(_ engine: any Engine, _ input: InputSpec, instance: Int) {
    guard plan.warmsUp, input.hasFixedShape, instance > 0, window.hasLetIn(moreThan: instance) else { return }
    let slot = Pixels(size: PixelSize(width: input.width, height: input.height), order: input.channels)
    slot.bytes.initialize(repeating: 127)
    _ = try? engine.infer([slot]) { _ in }
  }

  /// Answers a batch; what its network leaves to the second one is sent on.
  private func infer(_ batch: [Prepared], task index: Int, engine: any Engine) {
    let task = plan.tasks[index]
    let start = monotonicSeconds()
    let answers = answers(to: batch, of: engine, task.model, task.thresholds, task: index)
    let seconds = monotonicSeconds() - start
    meter.count { $0.inferSeconds += seconds }
    for (parcel, answer) in zip(batch, answers) {
      if leaves(answer, to: task.spare) {
        handOn(parcel, task: index)
      } else {
        if let spare = parcel.spare { release(spare.slot) }
        settle(
          parcel, answer, task: index, wait: (start - parcel.readyAt) * 1000,
          infer: seconds / Double(batch.count) * 1000)
      }
    }
  }

  /// Whether the second network is to answer, and what the breaker learns from it.
  private func leaves(_ answer: Result<Answer, Failure>, to spare: SparePlan?) -> Bool {
    switch (spare?.rule, answer) {
    case (.unsure?, .success(let told)): return told.isUnsure
    case (.broken(let breaker)?, .success):
      breaker.succeeded()
      return false
    case (.broken(let breaker)?, .failure(let failure)):
      guard failure.code == .inferenceFailed || failure.code == .unexpectedOutput else { return false }
      breaker.failed()
      return true
    case (.unsure?, .failure), (nil, _): return false
    }
  }

  /// What a network says of a batch; one that fails is taken apart, so that one image cannot take its neighbours along.
  func answers(
    to batch: [Prepared], of engine: any Engine, _ model: LoadedModel, _ thresholds: Thresholds, task index: Int
  ) -> [Result<Answer, Failure>] {
    let task = plan.tasks[index]
    let name = task.reference(of: model)
    let isFirst = model.digest == task.model.digest
    meter.count {
      $0.batches += 1
      $0.batchedImages += batch.count
    }
    do throws(Failure) {
      return try engine.infer(batch.map(\.slot)) { (outputs) throws(Failure) in
        batch.indices.map { n in
          do throws(Failure) {
            let findings = try model.card.head.findings(
              in: outputs, image: n, view: batch[n].view, labels: model.labels, thresholds: thresholds)
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
      meter.count {
        $0.batches -= 1
        $0.batchedImages -= batch.count
      }
      return batch.flatMap { answers(to: [$0], of: engine, model, thresholds, task: index) }
    }
  }

  /// An answer on its way: to the further networks of its task, or out.
  func settle(_ parcel: Prepared, _ answer: Result<Answer, Failure>, task index: Int, wait: Double, infer: Double) {
    if !plan.tasks[index].steps.isEmpty, case .success(let first) = answer,
      case .detections(let things) = first.findings
    {
      advance(Pending(work: parcel.work, task: index, answer: first, things: things, wait: wait, infer: infer), to: 0)
    } else if let outcome = parcel.work.settle(task: index, answer, wait: wait, infer: infer) {
      depart(parcel.work, outcome)
    }
  }
}
