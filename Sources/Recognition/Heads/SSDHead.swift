/// The rows of a DetectionOutput layer (Liu et al., "SSD: Single Shot MultiBox Detector", 2016), as OpenCV gives them:
/// image, class, score, left, top, right, bottom, the corners as fractions of the slot. The rows of all images of a batch
/// come together, each with its image's index; an index below 0 ends them.
enum SSDHead {
  static func candidates(in image: HeadInput, spec: HeadSpec) throws(Failure) -> BoxCandidates {
    guard let tensor = image.outputs.tensors.first, tensor.shape.last == 7, tensor.values.count % 7 == 0 else {
      throw Failure(
        .interpret, .unexpectedOutput,
        "SSD gives rows of seven, the network gave \(image.outputs.tensors.first?.shape ?? [])")
    }
    let values = tensor.values
    let (w, h) = (Float(image.slot.width), Float(image.slot.height))
    let first = spec.firstClass ?? 0
    var found = BoxCandidates()
    for row in stride(from: 0, to: values.count, by: 7) {
      if values[row] < 0 { break }
      guard let number = Int(exactly: values[row]), number < image.outputs.count else {
        throw OutputCheck.unexpected("the number of an image", values[row])
      }
      try OutputCheck.finite(values, row + 2..<row + 3, "a score")
      let score = values[row + 2]
      guard number == image.index, score >= image.thresholds.minConfidence, score > 0 else { continue }
      let id = try OutputCheck.classIndex(values[row + 1], first: first, labels: image.labels.count)
      try OutputCheck.finite(values, row + 3..<row + 7, "a box")
      let box = Box(
        left: values[row + 3] * w, top: values[row + 4] * h, right: values[row + 5] * w, bottom: values[row + 6] * h)
      guard box.width > 0, box.height > 0 else { continue }
      try found.add(.init(box: box, score: score, id: spec.unlabelled == true ? nil : id))
    }
    return found
  }
}
