import Recognition

/// The second pass of a detector whose card has an `overview`: it looks for objects that are too large at the first
/// scale, on a smaller copy of what is in the slot.
struct OverviewPass {
  let network: NetworkWorker

  /// The answers to a batch, with what the copies add to them. The slots still have their pictures.
  func complete(
    _ answers: [Result<Answer, Failure>], of batch: [InferenceRequest]
  ) throws(Failure) -> [Result<Answer, Failure>] {
    let rule = network.model.card.input.resize
    guard rule.overview != nil else { return answers }
    let copies = batch.enumerated().compactMap { index, request -> Copy? in
      guard case .success = answers[index] else { return nil }
      return Overview(of: request.transform, rule: rule).map { Copy(index: index, overview: $0) }
    }
    var answers = answers
    // Copies are few and small: one buffer each.
    var start = 0
    while start < copies.count {
      let part = Array(copies[start..<min(start + network.engine.maxBatch, copies.count)])
      start += part.count
      for (copy, found) in zip(part, try findings(of: part, in: batch)) {
        answers[copy.index] = merge(found, copy.overview, into: answers[copy.index])
      }
    }
    return answers
  }

  private struct Copy {
    /// Number of its image in the batch.
    let index: Int
    let overview: Overview
  }

  private func findings(
    of part: [Copy], in batch: [InferenceRequest]
  ) throws(Failure) -> [Result<Findings, Failure>] {
    var slots: [PixelBuffer] = []
    for copy in part {
      let request = batch[copy.index]
      slots.append(try request.slot.reduced(request.transform.resized, for: copy.overview.transform))
    }
    let model = network.model
    // What is read afterwards is confirmed by that.
    let thresholds = model.card.steps == nil ? Overview.thresholds(network.thresholds) : network.thresholds
    return try network.engine.infer(slots) { (outputs) throws(Failure) in
      part.indices.map { n in
        do throws(Failure) {
          return .success(
            try model.card.head.findings(
              in: outputs, image: n, transform: part[n].overview.transform, labels: model.labels,
              thresholds: thresholds))
        } catch {
          return .failure(error)
        }
      }
    }
  }

  private func merge(
    _ found: Result<Findings, Failure>, _ overview: Overview, into answer: Result<Answer, Failure>
  ) -> Result<Answer, Failure> {
    answer.flatMap { first in
      found.map { copy in
        guard case .detections(let small) = first.findings, case .detections(let large) = copy else { return first }
        var merged = first
        merged.findings = .detections(overview.merge(large, into: small, iou: network.thresholds.iou))
        return merged
      }
    }
  }
}
