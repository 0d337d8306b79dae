import Codecs
import Recognition

/// What was made of an image: slots for its networks, a picture for those who cut and draw, its hash.
private struct Decoded {
  var parcels: [(task: Int, parcel: Prepared)] = []
  var hash: UInt64?
}

extension Run {
  /// Bytes -> a slot for each network.
  func runDecoder() {
    defer {
      for channel in prepared { channel.finish() }
      departures.finish()
    }
    let decoder = ImageDecoder(limits: plan.limits)
    while let (work, ticket) = order.map({ $0.receive(from: encoded) }) ?? encoded.receive().map({ ($0, 0) }) {
      let bytes = work.bytes!
      defer { files.give(bytes) }
      work.bytes = nil
      guard !stop.isRequested else {
        order?.memory.pass(ticket) {}
        order?.decision.pass(ticket) {}
        departures.send(.dropped(index: work.index))
        continue
      }
      let decoded: Decoded
      do throws(Failure) { decoded = try decode(bytes.bytes, of: work, by: decoder, ticket: ticket) } catch {
        order?.decision.pass(ticket) {}
        departures.send(.record(work.outcome(failing: error)))
        continue
      }
      guard let order, let likenesses, let hash = decoded.hash, let size = work.facts.size else {
        order?.decision.pass(ticket) {}
        for (task, parcel) in decoded.parcels { prepared[task].send(parcel) }
        continue
      }
      // One that waits may leave as soon as this is said: of its work nothing is touched afterwards.
      let picture = work.picture
      switch order.decision.pass(ticket, { likenesses.place(work, size: size, hash: hash) }) {
      case .first(let number):
        work.likenessNumber = number
        for (task, parcel) in decoded.parcels { prepared[task].send(parcel) }
      case .follows(let answers, let likeness):
        discard(decoded, picture)
        follow(work, likeness, answers)
      case .waits: discard(decoded, picture)
      }
    }
  }

  private func discard(_ decoded: Decoded, _ picture: SourcePicture?) {
    for (_, parcel) in decoded.parcels {
      release(parcel.slot)
      if let spare = parcel.spare { release(spare.slot) }
    }
    if let picture { release(picture.pixels) }
  }

  private func decode(_ bytes: UnsafeRawBufferPointer, of work: Work, by decoder: ImageDecoder, ticket: Int)
    throws(Failure) -> Decoded
  {
    let start = monotonicSeconds()
    let header: ImageHeader
    work.facts.format = Sniff.format(of: bytes)
    do throws(Failure) { header = try decoder.header(of: bytes) } catch {
      order?.memory.pass(ticket) {}
      throw error
    }
    work.facts.size = header.size
    work.facts.orientation = header.orientation
    let tasks = work.open
    let seconds = tasks.filter { plan.tasks[$0].spare != nil }
    var views = tasks.map { plan.tasks[$0].model.card.input.view(of: header.size) }
    views += seconds.compactMap { plan.tasks[$0].spare?.model.card.input.view(of: header.size) }
    if plan.keepsPicture { views.append(.whole(header.size, order: .bgr, longSide: plan.pictureSide)) }
    if plan.similar != nil { views.append(SimilarPlan.view(of: header.size)) }
    let slotBytes = views.reduce(0) { $0 + $1.slot.area * $1.order.count }
    let passing = header.decodedBytes(for: views)
    if let order {
      order.memory.pass(ticket) { memory.take(passing + slotBytes) }
    } else {
      memory.take(passing + slotBytes)
    }
    defer { memory.give(passing) }
    var targets = views.map { (view: $0, slot: slots.take(size: $0.slot, order: $0.order)) }
    do throws(Failure) {
      let warnings = try decoder.decode(bytes, header: header, into: targets)
      work.warnings += warnings.filter { !work.warnings.contains($0) }
    } catch {
      for target in targets { slots.give(target.slot) }
      memory.give(slotBytes)
      throw error
    }
    let spent = monotonicSeconds() - start
    work.timings.decode = spent * 1000
    meter.count {
      $0.decodeSeconds += spent
      $0.pixels += header.size.area
    }
    var decoded = Decoded()
    if plan.similar != nil, let grey = targets.popLast() {
      decoded.hash = SimilarPlan.hash(UnsafeBufferPointer(grey.slot.bytes))[0]
      release(grey.slot)
    }
    if plan.keepsPicture { work.picture = targets.popLast().map { SourcePicture(view: $0.view, pixels: $0.slot) } }
    let now = monotonicSeconds()
    for (n, task) in tasks.enumerated() {
      let spare = seconds.firstIndex(of: task).map { targets[tasks.count + $0] }
      decoded.parcels.append(
        (
          task,
          Prepared(work: work, view: targets[n].view, slot: targets[n].slot, spare: spare, readyAt: now)
        ))
    }
    return decoded
  }
}
