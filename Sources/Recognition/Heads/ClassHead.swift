import Platform

/// (n, classes) -> the best classes.
enum ClassHead {
  static func labels(
    in outputs: Outputs, image index: Int, logits: Bool, labels: [String], thresholds: Thresholds
  ) throws(Failure) -> [Label] {
    guard let tensor = outputs.tensors.first, tensor.values.count % outputs.count == 0, !tensor.values.isEmpty else {
      throw Failure(.interpret, .unexpectedOutput, "the network gave no class scores")
    }
    let scores = tensor.image(index, of: outputs.count)
    guard labels.isEmpty || labels.count == scores.count else {
      throw Failure(
        .interpret, .unexpectedOutput, "the network gave \(scores.count) classes, the card has \(labels.count) labels")
    }
    try OutputCheck.finite(scores, "a class")
    var best = scores[0]
    for score in scores { best = max(best, score) }
    if !logits { _ = try OutputCheck.probability(best) }
    var sum: Float = 1
    if logits {
      sum = 0
      for score in scores { sum += expf(score - best) }
    }
    let probability = { (score: Float) -> Float in logits ? expf(score - best) / sum : min(score, 1) }

    // For a few of a thousand classes, insertion into a short list is faster than sorting all.
    var top: [(id: Int, score: Float)] = []
    let maxCount = max(0, min(thresholds.top, scores.count))
    for (id, score) in scores.enumerated() where maxCount > 0 {
      if let allowed = thresholds.labels, !allowed.contains(labels.isEmpty ? "\(id)" : labels[id]) { continue }
      if top.count == maxCount, score <= top[maxCount - 1].score { continue }
      if top.count == maxCount { top.removeLast() }
      let index = top.firstIndex { $0.score < score } ?? top.count
      top.insert((id, score), at: index)
    }
    return top.compactMap { entry in
      let score = probability(entry.score)
      guard score >= thresholds.minConfidence else { return nil }
      return Label(label: labels.isEmpty ? "\(entry.id)" : labels[entry.id], id: entry.id, score: score)
    }
  }
}
