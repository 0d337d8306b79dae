import Codecs
import Platform
import Recognition

/// Bytes -> a slot for each network, and the picture for crops and annotations.
struct DecodeStage {
  let jobs: Channel<ImageJob>.Receiver
  /// For each task.
  let requests: [Channel<InferenceRequest>.Sender]
  /// For each task, what its second model is to answer.
  let escalated: [Channel<InferenceRequest>.Sender]
  let completions: Channel<Completion>.Sender
  let configuration: ScanConfiguration
  let similar: SimilarImages?
  /// The order of decisions; there if `similar` is.
  let sequencer: DecodeSequencer?
  let completer: JobCompleter
  let buffers: Buffers
  let control: RunControl

  func run() {
    let decoder = ImageDecoder(limits: configuration.limits)
    while let (job, ticket) = next() {
      let bytes = job.bytes!
      defer { buffers.files.release(bytes) }
      job.bytes = nil
      guard !control.stop.isRequested else {
        sequencer?.memory.pass(ticket) {}
        sequencer?.decision.pass(ticket) {}
        completions.send(job.dropped)
        continue
      }
      do throws(Failure) {
        if let decoded = try decode(bytes.bytes, of: job, by: decoder, ticket: ticket) {
          forward(decoded, of: job, ticket: ticket)
        } else {
          sequencer?.decision.pass(ticket) {}
          completions.send(job.dropped)
        }
      } catch {
        sequencer?.decision.pass(ticket) {}
        completions.send(.record(job.outcome(failing: error)))
      }
    }
  }

  private func next() -> (job: ImageJob, ticket: Int)? {
    if let sequencer { return sequencer.receive(from: jobs) }
    return jobs.receive().map { ($0, 0) }
  }

  /// Sends an image to its networks, unless it takes the answers of a similar one.
  private func forward(_ decoded: DecodedImage, of job: ImageJob, ticket: Int) {
    guard let sequencer, let similar, let hash = decoded.hash, let size = job.facts.size else {
      sequencer?.decision.pass(ticket) {}
      return send(decoded)
    }
    // An image that waits and has no task of its own may leave the run as soon as this is decided: nothing of its job is
    // touched afterwards.
    let (shared, isWhole) = (Set(similar.shared(by: job)), !similar.hasOwnTasks(job))
    guard !shared.isEmpty else {
      sequencer.decision.pass(ticket) {}
      return send(decoded)
    }
    let picture = isWhole ? job.picture : nil
    let (taken, own) = (decoded.keeping { shared.contains($0) }, decoded.keeping { !shared.contains($0) })
    switch sequencer.decision.pass(ticket, { similar.decide(job, size: size, hash: hash) }) {
    case .leader(let number):
      job.leaderNumber = number
      send(decoded)
    case .follower(let answers):
      discard(taken, picture)
      completer.follow(job, .success(answers.answers))
      send(own)
    case .waiting:
      discard(taken, picture)
      send(own)
    }
  }

  private func send(_ decoded: DecodedImage) {
    for (task, request) in decoded.requests {
      // While the breaker refuses images they do not queue behind what the first network still runs.
      if let second = configuration.tasks[task].secondModel, case .fallback(let breaker) = second.rule, !breaker.admits
      {
        second.take(request, from: buffers, to: escalated[task])
      } else {
        requests[task].send(request)
      }
    }
  }

  private func discard(_ decoded: DecodedImage, _ picture: SourcePicture?) {
    for (_, request) in decoded.requests {
      buffers.release(request.slot)
      if let second = request.second { buffers.release(second.slot) }
    }
    if let picture { buffers.release(picture.pixels) }
  }

  /// nil if the run was stopped while the image waited for memory.
  private func decode(
    _ bytes: UnsafeRawBufferPointer, of job: ImageJob, by decoder: ImageDecoder, ticket: Int
  ) throws(Failure) -> DecodedImage? {
    let start = monotonicSeconds()
    job.facts.format = FormatSniffer.format(of: bytes)
    if job.facts.format == .raw { job.facts.rawKind = FormatSniffer.rawKind(of: bytes) }
    let header: ImageHeader
    do throws(Failure) { header = try decoder.header(of: bytes, page: job.page?.index) } catch {
      sequencer?.memory.pass(ticket) {}
      throw error
    }
    job.facts.size = header.size
    job.facts.orientation = header.orientation
    if job.page == nil, header.pages > 1 { job.facts.pages = header.pages }
    let targets = DecodeTargets(job.open, of: configuration, size: header.size)
    guard let slots = try fill(targets.transforms, from: bytes, of: job, header, by: decoder, ticket: ticket) else {
      return nil
    }
    let seconds = monotonicSeconds() - start
    job.timings.decode = seconds * 1000
    control.metrics.count {
      $0.count(seconds, in: .decode)
      $0.pixels += header.size.area
    }
    var decoded = DecodedImage()
    if let hash = targets.hash {
      let slot = slots[hash].slot
      let grey = UnsafeBufferPointer(slot.bytes)
      // Pictures without contrast are all alike to the hash.
      if !PerceptualHash.isPlain(grey) { decoded.hash = SimilarConfiguration.hash(grey)[0] }
      buffers.release(slot)
    }
    job.picture = targets.picture.map { index in
      let metadata =
        configuration.annotator == nil ? ImageMetadata() : ImageMetadata(of: bytes, format: header.format)
      return SourcePicture(transform: slots[index].transform, pixels: slots[index].slot, metadata: metadata)
    }
    let now = monotonicSeconds()
    decoded.requests = targets.tasks.map { task in
      let (transform, slot) = slots[task.first]
      return (
        task.index,
        InferenceRequest(
          job: job, transform: transform, slot: slot, second: task.second.map { slots[$0] }, readyAt: now,
          isPage: configuration.tasks[task.index].model.card.input.resize.rule == .page)
      )
    }
    return decoded
  }

  /// Acquires a slot for each transform and decodes into all of them; nil if the run was stopped before.
  private func fill(
    _ transforms: [InputTransform], from bytes: UnsafeRawBufferPointer, of job: ImageJob, _ header: ImageHeader,
    by decoder: ImageDecoder, ticket: Int
  ) throws(Failure) -> [(transform: InputTransform, slot: PixelBuffer)]? {
    let slotBytes = transforms.reduce(0) { $0 + $1.slot.area * $1.order.count }
    let transient = header.decodedBytes(for: transforms)
    do throws(Failure) {
      try decoder.check(header, for: transforms)
      try MemoryBudget.check(
        transient + slotBytes, budget: configuration.memory, stage: .decode,
        "decoding \(header.size.width)x\(header.size.height) pixels")
    } catch {
      sequencer?.memory.pass(ticket) {}
      throw error
    }
    if let sequencer {
      sequencer.memory.pass(ticket) { buffers.acquire(transient + slotBytes) }
    } else {
      buffers.acquire(transient + slotBytes)
    }
    defer { buffers.memory.release(transient) }
    guard !control.stop.dropsWaiting else {
      buffers.memory.release(slotBytes)
      return nil
    }
    let targets = transforms.map { (transform: $0, slot: buffers.slots.acquire(size: $0.slot, order: $0.order)) }
    do throws(Failure) {
      var warnings = try decoder.decode(bytes, header: header, into: targets)
      if configuration.pages == .first, let warning = header.pagesWarning {
        warnings = warnings.map { $0 == warning ? "\(warning); --pages all reads all" : $0 }
      }
      job.warnings += warnings.filter { !job.warnings.contains($0) }
    } catch {
      for target in targets { buffers.release(target.slot) }
      throw error
    }
    return targets
  }
}

/// What was decoded from an image.
private struct DecodedImage {
  var requests: [(task: Int, request: InferenceRequest)] = []
  /// The perceptual hash; nil if none is needed, or it would say nothing.
  var hash: UInt64?

  /// The requests of some of the tasks.
  func keeping(_ isKept: (Int) -> Bool) -> DecodedImage {
    var copy = self
    copy.requests = requests.filter { isKept($0.task) }
    return copy
  }
}

/// The transforms that one decode fills, and what each is for, as indices of `transforms`.
private struct DecodeTargets {
  private(set) var transforms: [InputTransform] = []
  private(set) var tasks: [(index: Int, first: Int, second: Int?)] = []
  private(set) var picture: Int?
  private(set) var hash: Int?

  /// For the tasks `open` of a run and an upright image of `size`.
  init(_ open: [Int], of configuration: ScanConfiguration, size: PixelSize) {
    for index in open {
      let task = configuration.tasks[index]
      let first = add(task.model.card.input.transform(of: size))
      let second = task.secondModel.map { add($0.model.card.input.transform(of: size)) }
      tasks.append((index, first, second))
    }
    if configuration.keepsPicture {
      picture = add(.whole(size, order: .bgr, longSide: configuration.pictureSide))
    }
    if configuration.similar != nil { hash = add(SimilarConfiguration.transform(of: size)) }
  }

  private mutating func add(_ transform: InputTransform) -> Int {
    transforms.append(transform)
    return transforms.count - 1
  }
}
