import Platform

/// (n, h, w, classes) logits, the background first: each pixel belongs to its best class (Chen et al., "Rethinking Atrous
/// Convolution for Semantic Image Segmentation", 2017). One segment per class, the largest first.
enum SemanticHead {
  static func segments(
    in outputs: Outputs, image index: Int, transform: InputTransform, labels: [String], thresholds: Thresholds
  ) throws(Failure) -> [Segment] {
    let slot = transform.slot
    guard let tensor = outputs.tensors.first, let classes = tensor.shape.last, classes > 1,
      tensor.values.count == outputs.count * slot.area * classes
    else {
      throw Failure(
        .interpret, .unexpectedOutput,
        "\(slot.height)x\(slot.width) pixels of classes are expected, the network gave "
          + "\(outputs.tensors.first?.shape ?? [])")
    }
    guard labels.isEmpty || labels.count == classes else {
      throw Failure(
        .interpret, .unexpectedOutput, "the network gave \(classes) classes, the card has \(labels.count) labels")
    }
    let values = tensor.image(index, of: outputs.count)
    try OutputCheck.finite(values, "a pixel's class")
    let window = PixelRect(
      x: transform.offset.x, y: transform.offset.y, width: transform.window.width, height: transform.window.height)
    var winners = [Int](repeating: 0, count: window.size.area)
    var sums = [Double](repeating: 0, count: classes)
    var counts = [Int](repeating: 0, count: classes)
    for y in 0..<window.height {
      for x in 0..<window.width {
        let start = ((y + window.y) * slot.width + x + window.x) * classes
        var best = 0
        for id in 1..<classes where values[start + id] > values[start + best] { best = id }
        winners[y * window.width + x] = best
        guard best != 0 else { continue }
        var sum: Float = 0
        for id in 0..<classes { sum += expf(values[start + id] - values[start + best]) }
        sums[best] += Double(1 / sum)
        counts[best] += 1
      }
    }
    var found: [Segment] = []
    for id in 1..<classes where counts[id] > 0 {
      let label = labels.isEmpty ? "\(id)" : labels[id]
      let score = Float(sums[id] / Double(counts[id]))
      guard score >= thresholds.minConfidence, thresholds.labels?.contains(label) ?? true else {
        continue
      }
      let map = SoftMask(size: window.size, values: winners.map { $0 == id ? 255 : 0 })
      let (mask, box) = map.runs(in: transform.image, threshold: 128)
      guard mask.area > 0 else { continue }
      found.append(Segment(label: label, id: id, score: min(1, score), box: box, area: mask.area, mask: mask, map: map))
    }
    return found.sorted { $0.area > $1.area }
  }
}
