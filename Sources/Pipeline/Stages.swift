import Codecs
import Crypto
import Recognition

extension Run {
  /// Items -> bytes in memory and their digest.
  func runReader() {
    defer {
      digested.finish()
      departures.finish()
    }
    while let item = unread.receive() {
      guard !stop.isRequested else {
        departures.send(.dropped(index: item.index))
        continue
      }
      let start = monotonicSeconds()
      let bytes = files.take()
      let readAt = clockNanoseconds()
      var stamp: FileStamp?
      do throws(Failure) {
        switch item.origin {
        case .file: stamp = try FileReader.read(item.path, into: bytes, maxBytes: plan.maxFileSize)
        case .fileAt(let place): stamp = try FileReader.read(place, into: bytes, maxBytes: plan.maxFileSize)
        case .bytes(let inline): bytes.assign(inline)
        case .fault(let failure): throw failure
        }
      } catch {
        files.give(bytes)
        departures.send(.record(Outcome(index: item.index, path: item.path, result: .failure(error))))
        continue
      }
      let work = Work(item: item, bytes: bytes, tasks: plan.tasks.count)
      work.facts.bytes = bytes.count
      work.facts.digest = Array(SHA256.hash(data: bytes.bytes))
      if plan.cache != nil {
        work.cache = .miss
        work.stamp = stamp.flatMap { $0.isRacy(readAt: readAt) ? nil : $0 }
      }
      let seconds = monotonicSeconds() - start
      work.timings.read = seconds * 1000
      meter.count {
        $0.bytesRead += bytes.count
        $0.readSeconds += seconds
      }
      digested.send(work)
    }
  }

  /// Bytes -> a slot for each network.
  func runDecoder() {
    defer {
      for channel in prepared { channel.finish() }
      departures.finish()
    }
    let decoder = ImageDecoder(limits: plan.limits)
    while let work = encoded.receive() {
      let bytes = work.bytes!
      defer { files.give(bytes) }
      work.bytes = nil
      guard !stop.isRequested else {
        departures.send(.dropped(index: work.index))
        continue
      }
      do throws(Failure) {
        let targets = try decode(bytes.bytes, of: work, by: decoder)
        let now = monotonicSeconds()
        for (task, target) in zip(work.open, targets) {
          prepared[task].send(Prepared(work: work, view: target.view, slot: target.slot, readyAt: now))
        }
      } catch {
        departures.send(.record(work.outcome(failing: error)))
      }
    }
  }

  private func decode(_ bytes: UnsafeRawBufferPointer, of work: Work, by decoder: ImageDecoder) throws(Failure)
    -> [(view: View, slot: Pixels)]
  {
    let start = monotonicSeconds()
    work.facts.format = Sniff.format(of: bytes)
    let header = try decoder.header(of: bytes)
    work.facts.size = header.size
    work.facts.orientation = header.orientation
    var views = work.open.map { plan.tasks[$0].model.card.input.view(of: header.size) }
    if plan.keepsPicture { views.append(.whole(header.size, order: .bgr, longSide: plan.pictureSide)) }
    let slotBytes = views.reduce(0) { $0 + $1.slot.area * $1.order.count }
    let passing = header.decodedBytes(for: views)
    memory.take(passing + slotBytes)
    defer { memory.give(passing) }
    let targets = views.map { (view: $0, slot: slots.take(size: $0.slot, order: $0.order)) }
    do throws(Failure) {
      let warnings = try decoder.decode(bytes, header: header, into: targets)
      work.warnings += warnings.filter { !work.warnings.contains($0) }
    } catch {
      for target in targets { slots.give(target.slot) }
      memory.give(slotBytes)
      throw error
    }
    let seconds = monotonicSeconds() - start
    work.timings.decode = seconds * 1000
    meter.count {
      $0.decodeSeconds += seconds
      $0.pixels += header.size.area
    }
    guard plan.keepsPicture else { return targets }
    work.picture = targets.last.map { SourcePicture(view: $0.view, pixels: $0.slot) }
    return targets.dropLast()
  }

  /// Slots -> answers, in batches of what is ready.
  func runInference(task index: Int, instance: Int) {
    defer {
      plan.tasks[index].steps.isEmpty ? () : crops[index][0].finish()
      finished.finish()
      departures.finish()
    }
    let task = plan.tasks[index]
    let engine = task.instances[instance]
    if plan.warmsUp { warmUp(engine, task.model.card.input) }
    let channel = prepared[index]
    while true {
      let batch = channel.receive(
        atMost: min(plan.maxBatch, engine.maxBatch), budget: plan.batchPixels, consumers: task.instances.count,
        alike: { $0.view.slot == $1.view.slot })
      guard !batch.isEmpty else { return }
      infer(batch, task: index, engine: engine)
      for parcel in batch {
        memory.give(parcel.slot.byteCount)
        slots.give(parcel.slot)
      }
    }
  }

  /// The first run of a network plans and allocates; it should not cost the first image's time.
  func warmUp(_ engine: any Engine, _ input: InputSpec) {
    guard input.hasFixedShape else { return }
    let slot = Pixels(size: PixelSize(width: input.width, height: input.height), order: input.channels)
    slot.bytes.initialize(repeating: 127)
    _ = try? engine.infer([slot]) { _ in }
  }

  /// Answers a batch; one that fails is taken apart, so that one image cannot take its neighbours along.
  private func infer(_ batch: [Prepared], task index: Int, engine: any Engine) {
    let task = plan.tasks[index]
    let card = task.model.card
    let start = monotonicSeconds()
    let answers: [Result<Answer, Failure>]
    do throws(Failure) {
      answers = try engine.infer(batch.map(\.slot)) { (outputs) throws(Failure) in
        batch.indices.map { n in
          do throws(Failure) {
            let findings = try card.head.findings(
              in: outputs, image: n, view: batch[n].view, labels: task.model.labels, thresholds: task.thresholds)
            return .success(Answer(task: task.task, model: task.reference, engine: engine.kind, findings: findings))
          } catch {
            return .failure(error)
          }
        }
      }
    } catch {
      guard batch.count == 1 else {
        for parcel in batch { infer([parcel], task: index, engine: engine) }
        return
      }
      answers = [.failure(error)]
    }
    let seconds = monotonicSeconds() - start
    meter.count {
      $0.inferSeconds += seconds
      $0.batches += 1
      $0.batchedImages += batch.count
    }
    for (parcel, answer) in zip(batch, answers) {
      let (wait, infer) = ((start - parcel.readyAt) * 1000, seconds / Double(batch.count) * 1000)
      if !task.steps.isEmpty, case .success(let first) = answer, case .detections(let things) = first.findings {
        advance(
          Pending(work: parcel.work, task: index, answer: first, things: things, wait: wait, infer: infer), to: 0)
      } else if let outcome = parcel.work.settle(task: index, answer, wait: wait, infer: infer) {
        depart(parcel.work, outcome)
      }
    }
  }
}
