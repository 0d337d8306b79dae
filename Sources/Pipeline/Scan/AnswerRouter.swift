import CPixels
import Recognition

/// Where the answers of one task go: to its second stages, or to the end of the job.
struct AnswerRouter {
  /// The task's index among the tasks of the run.
  let index: Int
  let task: TaskPlan
  /// The first second stage that `crops` leads to.
  let first: Int
  let crops: [Channel<CropRequest>.Sender]
  let completer: JobCompleter
  let buffers: Buffers
  let stop: StopToken

  /// Takes the answer of a first stage, and its slot; times in milliseconds.
  func route(_ request: InferenceRequest, _ answer: Result<Answer, Failure>, wait: Double, infer: Double) {
    if !task.steps.isEmpty, case .success(let first) = answer, case .detections(let detections) = first.findings {
      let page = request.isPage ? SourcePicture(transform: request.transform, pixels: request.slot) : nil
      if page == nil { buffers.release(request.slot) }
      enqueueCrops(
        PendingDetections(
          job: request.job, answer: first, detections: detections, page: page, wait: wait, infer: infer), for: 0)
    } else {
      buffers.release(request.slot)
      complete(request.job, answer, wait: wait, infer: infer)
    }
  }

  /// Gives up a task whose detections were to be examined.
  func drop(_ pending: PendingDetections) {
    releasePage(of: pending)
    drop(pending.job)
  }

  private func releasePage(of pending: PendingDetections) {
    if let page = pending.takePage() { buffers.release(page.pixels) }
  }

  /// Gives up the task for an image, because the run was stopped.
  func drop(_ job: ImageJob) { if let end = job.drop() { completer.complete(job, end) } }

  /// Enqueues crops for second stage `stage`, or for the first after it that has any; completes the answer after the
  /// last.
  func enqueueCrops(_ pending: PendingDetections, for stage: Int) {
    var stage = stage
    while stage < task.steps.count, pending.failure == nil {
      guard !stop.dropsWaiting else { return drop(pending) }
      let model = task.steps[stage].model
      guard let kind = model.card.step, let picture = pending.picture else { break }
      let crops = pending.crops(of: pending.begin(kind), for: kind, input: model.card.input)
      if !crops.isEmpty {
        pending.expect(crops.count)
        for (number, (index, crop)) in crops.enumerated() {
          guard !stop.dropsWaiting else {
            if pending.drop(crops.count - number) { drop(pending) }
            return
          }
          // Blocks while that stage's network is busy; it never waits for this worker.
          self.crops[stage - first].send(request(pending, index, crop, from: picture))
        }
        return
      }
      pending.finish(kind, minimum: task.steps[stage].thresholds.minConfidence)
      stage += 1
    }
    releasePage(of: pending)
    let (answer, wait, infer) = pending.result(after: task.postprocess)
    complete(pending.job, answer, wait: wait, infer: infer)
  }

  private func complete(_ job: ImageJob, _ answer: Result<Answer, Failure>, wait: Double, infer: Double) {
    if let end = job.complete(task: index, answer, wait: wait, infer: infer) { completer.complete(job, end) }
  }

  /// The request for a crop of detection `index`, in a slot of its own.
  func request(_ pending: PendingDetections, _ index: Int, _ crop: Crop, from picture: SourcePicture) -> CropRequest {
    let slot = buffers.slots.acquire(size: crop.transform.slot, order: crop.transform.order)
    Self.cut(crop, from: picture, into: slot)
    return CropRequest(pending: pending, detection: index, crop: crop, slot: slot)
  }

  /// Fills a slot with a crop of a picture.
  private static func cut(_ crop: Crop, from picture: SourcePicture, into slot: PixelBuffer) {
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
    // Below two to one, plain bilinear as the references sample: it skips no pixel.
    plan.samples = Int32(min(4, max(1, crop.reduction * Double(size.width) / Double(image.width))))
    plan.repeat_edge = crop.repeatsEdge
    let target = slot.base + transform.offset.y * slot.stride + transform.offset.x * slot.order.count
    cpixels_warp(&plan, pixels.base, target)
    if transform.order != pixels.order { cpixels_swap(slot.base, slot.base, slot.size.area) }
  }
}
