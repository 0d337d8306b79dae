import CPixels
import Platform
import Recognition

/// A task's answer for one image, while further networks look at what was found in it.
final class PendingDetections: Sendable {
  private struct State {
    var things: [Detection]
    var left = 0
    var failure: Failure?
    var wait: Double
    var infer: Double
  }

  let job: ImageJob
  let task: Int
  private let answer: Answer
  private let state: Monitor<State>

  init(job: ImageJob, task: Int, answer: Answer, things: [Detection], wait: Double, infer: Double) {
    self.job = job
    self.task = task
    self.answer = answer
    state = Monitor(State(things: things, wait: wait, infer: infer))
  }

  var things: [Detection] { state.withLock { $0.things } }

  /// Said before the crops are sent: how many answers will come.
  func expect(_ count: Int) { state.withLock { $0.left = count } }

  /// Takes the answer for one crop; true for the last.
  func take(
    _ result: Result<Findings, Failure>, by step: SecondStage, crop: Crop, thing index: Int, turned: Bool = false,
    wait: Double, infer: Double
  ) -> Bool {
    state.withLock { state in
      switch result {
      case .success(let findings):
        if turned { state.things[index].rotate180() }
        step.apply(findings, to: &state.things[index], crop: crop)
      case .failure(let failure): state.failure = state.failure ?? failure
      }
      state.wait += wait
      state.infer += infer
      state.left -= 1
      return state.left == 0
    }
  }

  func finish(_ step: SecondStage, least: Float) { state.withLock { $0.things = step.finish($0.things, least: least) } }

  var failure: Failure? { state.withLock { $0.failure } }

  /// The answer, with what the steps added to it.
  func result(after postprocess: (@Sendable ([Detection]) -> [Detection])?) -> (
    Result<Answer, Failure>, wait: Double, infer: Double
  ) {
    let end = state.withLock { $0 }
    if let failure = end.failure { return (.failure(failure), end.wait, end.infer) }
    var told = answer
    told.findings = .detections(postprocess?(end.things) ?? end.things)
    return (.success(told), end.wait, end.infer)
  }
}

/// A crop on its way to a step's network.
struct CropRequest: ChannelElement {
  let pending: PendingDetections
  let thing: Int
  let crop: Crop
  let slot: PixelBuffer
  let readyAt: Double

  var transform: InputTransform { crop.transform }
  var cost: Int { slot.size.area }
}

extension ScanPipeline {
  /// Cuts what the `step`th further network of a task wants to see; an image without such things goes on at once.
  func enqueueCrops(_ pending: PendingDetections, to step: Int) {
    let task = plan.tasks[pending.task]
    var step = step
    while step < task.steps.count, pending.failure == nil {
      let model = task.steps[step].model
      guard let kind = model.card.step, let picture = pending.job.picture else { break }
      let crops = pending.things.enumerated().compactMap { index, thing in
        kind.crop(of: thing, input: model.card.input).map { (index, $0) }
      }
      if !crops.isEmpty {
        pending.expect(crops.count)
        for (index, crop) in crops {
          let slot = slots.acquire(size: crop.transform.slot, order: crop.transform.order)
          cut(crop, from: picture, into: slot)
          // Blocks while the step's network is busy; it never waits for this worker.
          self.crops[pending.task][step].send(
            CropRequest(pending: pending, thing: index, crop: crop, slot: slot, readyAt: monotonicSeconds()))
        }
        return
      }
      pending.finish(kind, least: task.steps[step].thresholds.minConfidence)
      step += 1
    }
    let (answer, wait, infer) = pending.result(after: task.postprocess)
    if let outcome = pending.job.complete(task: pending.task, answer, wait: wait, infer: infer) {
      complete(pending.job, outcome)
    }
  }

  private func cut(_ crop: Crop, from picture: SourcePicture, into slot: PixelBuffer) {
    let (transform, pixels) = (crop.transform, picture.pixels)
    let (image, size) = (picture.transform.image, pixels.size)
    let scale = Homography.scale(
      Double(size.width) / Double(image.width), Double(size.height) / Double(image.height))
    let matrix = scale.after(crop.toImage)
    if transform.window.size != transform.slot { slot.bytes.update(repeating: transform.pad) }
    var plan = cpixels_warp_plan()
    plan.source_width = Int32(size.width)
    plan.source_height = Int32(size.height)
    plan.source_stride = pixels.stride
    plan.channels = Int32(pixels.order.count)
    withUnsafeMutableBytes(of: &plan.matrix) { $0.copyBytes(from: matrix.m.withUnsafeBytes { Array($0) }) }
    plan.x = Int32(transform.offset.x)
    plan.y = Int32(transform.offset.y)
    plan.width = Int32(transform.window.width)
    plan.height = Int32(transform.window.height)
    plan.target_stride = slot.stride
    // Under two pixels to one, plain bilinear as the references sample; it skips none of them.
    plan.samples = Int32(min(4, max(1, crop.reduction * Double(size.width) / Double(image.width))))
    plan.repeat_edge = crop.repeatsEdge
    let target = slot.base + transform.offset.y * slot.stride + transform.offset.x * slot.order.count
    cpixels_warp(&plan, pixels.base, target)
    if transform.order != pixels.order { cpixels_swap(slot.base, slot.base, slot.size.area) }
  }

  /// Crops of any images -> what a step's network says of them, in batches of like shape.
  func runSecondStage(task index: Int, step: Int, instance: Int) {
    defer {
      if step + 1 < plan.tasks[index].steps.count { crops[index][step + 1].finish() }
      finished.finish()
      completions.finish()
    }
    let spec = plan.tasks[index].steps[step]
    let engine = spec.instances[instance]
    warmUp(engine, spec.model.card.input, instance: instance)
    while true {
      let batch = crops[index][step].receive(
        atMost: min(plan.maxBatch, engine.maxBatch), budget: plan.batchPixels, consumers: spec.instances.count,
        alike: { $0.transform.slot == $1.transform.slot })
      guard !batch.isEmpty else { return }
      infer(batch, task: index, step: step, engine: engine)
    }
  }

  private func infer(_ batch: [CropRequest], task index: Int, step: Int, engine: any Engine) {
    let spec = plan.tasks[index].steps[step]
    guard let kind = spec.model.card.step else { return }
    let start = monotonicSeconds()
    var answers: [Result<Findings, Failure>]
    do throws(Failure) {
      answers = try read(batch, spec, engine)
    } catch {
      guard batch.count == 1 else {
        for request in batch { infer([request], task: index, step: step, engine: engine) }
        return
      }
      answers = [.failure(error)]
    }
    var turned: Set<Int> = []
    for (place, request) in batch.enumerated() {
      guard case .success(let first) = answers[place], kind.shouldRetryRotated(first) else { continue }
      rotate180(request.slot, window: request.transform.window.size)
      guard case .success(let other)? = try? read([request], spec, engine).first, kind.prefersRotated(other, to: first)
      else {
        continue
      }
      answers[place] = .success(other)
      turned.insert(place)
    }
    let seconds = monotonicSeconds() - start
    metrics.count { $0.inferSeconds += seconds }
    for (place, (request, answer)) in zip(batch, answers).enumerated() {
      slots.release(request.slot)
      let isLast = request.pending.take(
        answer, by: kind, crop: request.crop, thing: request.thing, turned: turned.contains(place),
        wait: (start - request.readyAt) * 1000 / Double(batch.count),
        infer: seconds / Double(batch.count) * 1000)
      guard isLast else { continue }
      request.pending.finish(kind, least: spec.thresholds.minConfidence)
      enqueueCrops(request.pending, to: step + 1)
    }
  }

  private func read(_ batch: [CropRequest], _ spec: SecondStagePlan, _ engine: any Engine) throws(Failure)
    -> [Result<Findings, Failure>]
  {
    try engine.infer(batch.map(\.slot)) { (outputs) throws(Failure) in
      batch.indices.map { n in
        do throws(Failure) {
          return .success(
            try spec.model.card.head.findings(
              in: outputs, image: n, transform: batch[n].transform, labels: spec.model.labels,
              thresholds: spec.thresholds))
        } catch {
          return .failure(error)
        }
      }
    }
  }

  /// Turns the picture in the upper left of a slot by half a circle.
  private func rotate180(_ slot: PixelBuffer, window: PixelSize) {
    let (count, stride) = (slot.order.count, slot.stride)
    for place in 0..<window.area / 2 {
      let (y, x) = (place / window.width, place % window.width)
      let here = slot.base + y * stride + x * count
      let there = slot.base + (window.height - 1 - y) * stride + (window.width - 1 - x) * count
      for sample in 0..<count { swap(&here[sample], &there[sample]) }
    }
  }
}
