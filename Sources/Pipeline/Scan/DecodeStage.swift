import Codecs
import Platform
import Recognition

/// What was made of an image: slots for its networks, a picture for those who cut and draw, its hash.
private struct DecodedImage {
  var requests: [(task: Int, request: InferenceRequest)] = []
  var hash: UInt64?
}

extension ScanPipeline {
  /// Bytes -> a slot for each network.
  func runDecoder() {
    defer {
      for channel in prepared { channel.finish() }
      completions.finish()
    }
    let decoder = ImageDecoder(limits: plan.limits)
    while let (job, ticket) = order.map({ $0.receive(from: encoded) }) ?? encoded.receive().map({ ($0, 0) }) {
      let bytes = job.bytes!
      defer { files.release(bytes) }
      job.bytes = nil
      guard !stop.isRequested else {
        order?.memory.pass(ticket) {}
        order?.decision.pass(ticket) {}
        completions.send(.dropped(index: job.index))
        continue
      }
      let decoded: DecodedImage
      do throws(Failure) { decoded = try decode(bytes.bytes, of: job, by: decoder, ticket: ticket) } catch {
        order?.decision.pass(ticket) {}
        completions.send(.record(job.outcome(failing: error)))
        continue
      }
      guard let order, let similarImages, let hash = decoded.hash, let size = job.facts.size else {
        order?.decision.pass(ticket) {}
        for (task, request) in decoded.requests { prepared[task].send(request) }
        continue
      }
      // One that waits may leave as soon as this is said: of its work nothing is touched afterwards.
      let picture = job.picture
      switch order.decision.pass(ticket, { similarImages.decide(job, size: size, hash: hash) }) {
      case .leader(let number):
        job.leaderNumber = number
        for (task, request) in decoded.requests { prepared[task].send(request) }
      case .follower(let answers, let match):
        discard(decoded, picture)
        emitFollower(job, match, answers)
      case .waiting: discard(decoded, picture)
      }
    }
  }

  private func discard(_ decoded: DecodedImage, _ picture: SourcePicture?) {
    for (_, request) in decoded.requests {
      release(request.slot)
      if let second = request.second { release(second.slot) }
    }
    if let picture { release(picture.pixels) }
  }

  private func decode(_ bytes: UnsafeRawBufferPointer, of job: ImageJob, by decoder: ImageDecoder, ticket: Int)
    throws(Failure) -> DecodedImage
  {
    let start = monotonicSeconds()
    let header: ImageHeader
    job.facts.format = FormatSniffer.format(of: bytes)
    do throws(Failure) { header = try decoder.header(of: bytes) } catch {
      order?.memory.pass(ticket) {}
      throw error
    }
    job.facts.size = header.size
    job.facts.orientation = header.orientation
    let tasks = job.open
    let seconds = tasks.filter { plan.tasks[$0].secondModel != nil }
    var transforms = tasks.map { plan.tasks[$0].model.card.input.transform(of: header.size) }
    transforms += seconds.compactMap { plan.tasks[$0].secondModel?.model.card.input.transform(of: header.size) }
    if plan.keepsPicture { transforms.append(.whole(header.size, order: .bgr, longSide: plan.pictureSide)) }
    if plan.similar != nil { transforms.append(SimilarConfiguration.transform(of: header.size)) }
    let slotBytes = transforms.reduce(0) { $0 + $1.slot.area * $1.order.count }
    let passing = header.decodedBytes(for: transforms)
    if let order {
      order.memory.pass(ticket) { memory.acquire(passing + slotBytes) }
    } else {
      memory.acquire(passing + slotBytes)
    }
    defer { memory.release(passing) }
    var targets = transforms.map { (transform: $0, slot: slots.acquire(size: $0.slot, order: $0.order)) }
    do throws(Failure) {
      let warnings = try decoder.decode(bytes, header: header, into: targets)
      job.warnings += warnings.filter { !job.warnings.contains($0) }
    } catch {
      for target in targets { slots.release(target.slot) }
      memory.release(slotBytes)
      throw error
    }
    let spent = monotonicSeconds() - start
    job.timings.decode = spent * 1000
    metrics.count {
      $0.decodeSeconds += spent
      $0.pixels += header.size.area
    }
    var decoded = DecodedImage()
    if plan.similar != nil, let grey = targets.popLast() {
      decoded.hash = SimilarConfiguration.hash(UnsafeBufferPointer(grey.slot.bytes))[0]
      release(grey.slot)
    }
    if plan.keepsPicture {
      job.picture = targets.popLast().map { SourcePicture(transform: $0.transform, pixels: $0.slot) }
    }
    let now = monotonicSeconds()
    for (n, task) in tasks.enumerated() {
      let second = seconds.firstIndex(of: task).map { targets[tasks.count + $0] }
      decoded.requests.append(
        (
          task,
          InferenceRequest(
            job: job, transform: targets[n].transform, slot: targets[n].slot, second: second, readyAt: now)
        ))
    }
    return decoded
  }
}
