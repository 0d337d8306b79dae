import Platform
import Recognition

/// A crop in the slot of a second stage's network.
struct CropRequest: SlotRequest {
  let pending: PendingDetections
  /// Index of the detection that it was cut from.
  let detection: Int
  let crop: Crop
  let slot: PixelBuffer
  let readyAt = monotonicSeconds()

  var transform: InputTransform { crop.transform }
  var cost: Int { slot.size.area }
}

/// Crops of any images -> what a second stage's network finds in them, in batches of one shape.
struct CropStage {
  let requests: Channel<CropRequest>.Receiver
  /// Index among the task's second stages.
  let stage: Int
  let network: NetworkWorker
  /// Leads to the stages after this one.
  let router: AnswerRouter
  let buffers: Buffers
  let control: RunControl

  func run() {
    network.warmUp()
    // An engine that takes one crop at a time prepares itself for each change of shape.
    let prefersShape = network.engine.maxBatch == 1
    var shapes = ShapeRun()
    while true {
      let batch = network.batch(from: requests, preferred: prefersShape ? shapes.preferred : nil)
      guard let first = batch.first else { return }
      shapes.append(first.transform.slot, count: batch.count)
      answer(batch)
    }
  }

  /// Answers a batch, or gives it up if the run is stopped.
  private func answer(_ batch: [CropRequest]) {
    guard control.stop.dropsWaiting else { return infer(batch) }
    for request in batch {
      buffers.slots.release(request.slot)
      drop(request)
    }
  }

  /// Precondition: the slot is released.
  private func drop(_ request: CropRequest) {
    if request.pending.drop(1) { router.drop(request.pending) }
  }

  /// Answers a batch. One that fails is repeated crop by crop, so that one crop cannot make its neighbours fail.
  private func infer(_ batch: [CropRequest]) {
    guard let kind = network.model.card.step else { return }
    let start = monotonicSeconds()
    // nil: given up.
    var answers: [Result<Findings, Failure>?]
    do throws(Failure) {
      answers = try findings(of: batch)
    } catch {
      guard batch.count == 1 else {
        for request in batch { answer([request]) }
        return
      }
      answers = [.failure(error)]
    }
    var rotated: Set<Int> = []
    for (index, request) in batch.enumerated() {
      guard case .success(let first)? = answers[index] else { continue }
      let repeated = self.repeated(request, after: first, kind)
      answers[index] = repeated.map { .success($0.findings) }
      if repeated?.isRotated == true { rotated.insert(index) }
    }
    let seconds = monotonicSeconds() - start
    control.metrics.count { $0.count(seconds, in: .infer) }
    for (index, (request, answer)) in zip(batch, answers).enumerated() {
      buffers.slots.release(request.slot)
      guard let answer else {
        drop(request)
        continue
      }
      let isLast = request.pending.merge(
        answer, of: kind, crop: request.crop, detection: request.detection, isRotated: rotated.contains(index),
        wait: (start - request.readyAt) * 1000 / Double(batch.count),
        infer: seconds / Double(batch.count) * 1000)
      guard isLast else { continue }
      guard !request.pending.isDropped else {
        router.drop(request.pending)
        continue
      }
      guard !examineRest(of: request.pending, kind) else { continue }
      request.pending.finish(kind, minimum: network.thresholds.minConfidence)
      router.enqueueCrops(request.pending, for: stage + 1)
    }
  }

  /// Examines the detections that the stage has left out because a sample was to show what they are; returns whether
  /// there are any. They are examined here and now: a worker must not wait for its own stage.
  private func examineRest(of pending: PendingDetections, _ kind: SecondStage) -> Bool {
    guard let picture = pending.picture, pending.failure == nil else { return false }
    let crops = pending.crops(of: pending.takeRest(), for: kind, input: network.model.card.input)
    guard !crops.isEmpty else { return false }
    pending.expect(crops.count)
    for (index, crop) in crops { answer([router.request(pending, index, crop, from: picture)]) }
    return true
  }

  /// The findings in a crop whose first ones are `first`, after those repetitions that they call for: in another crop, and
  /// rotated. nil: given up.
  private func repeated(_ request: CropRequest, after first: Findings, _ kind: SecondStage) -> (
    findings: Findings, isRotated: Bool
  )? {
    var (request, upright) = (request, first)
    let second = second(request, after: first, kind)
    defer { if let second { buffers.slots.release(second.slot) } }
    if let second {
      guard !control.stop.dropsWaiting else { return nil }
      guard case .success(let other)? = try? findings(of: [second]).first else { return (first, false) }
      (request, upright) = (second, kind.moreCertain(other, first))
    }
    guard kind.shouldRetryRotated(upright) else { return (upright, false) }
    guard !control.stop.dropsWaiting else { return nil }
    Self.rotate180(request.slot, window: request.transform.window.size)
    guard case .success(let other)? = try? findings(of: [request]).first, kind.prefersRotated(other, to: upright)
    else { return (upright, false) }
    return (other, true)
  }

  /// The crop for a second reading, in a slot of its own; nil if the first one suffices.
  private func second(_ request: CropRequest, after first: Findings, _ kind: SecondStage) -> CropRequest? {
    guard let picture = request.pending.picture,
      let crop = kind.secondCrop(
        of: request.pending.detections[request.detection], after: first, in: request.crop,
        input: network.model.card.input, minimum: network.thresholds.minConfidence)
    else { return nil }
    return router.request(request.pending, request.detection, crop, from: picture)
  }

  private func findings(of batch: [CropRequest]) throws(Failure) -> [Result<Findings, Failure>] {
    try network.infer(batch) { _, _, findings in findings }
  }

  /// Rotates the picture in the upper left of a slot by 180 degrees.
  private static func rotate180(_ slot: PixelBuffer, window: PixelSize) {
    let (count, stride) = (slot.order.count, slot.stride)
    for index in 0..<window.area / 2 {
      let (y, x) = (index / window.width, index % window.width)
      let pixel = slot.base + y * stride + x * count
      let opposite = slot.base + (window.height - 1 - y) * stride + (window.width - 1 - x) * count
      for sample in 0..<count { swap(&pixel[sample], &opposite[sample]) }
    }
  }
}
