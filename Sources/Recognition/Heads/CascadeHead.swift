/// (k, 5) rows of one image, in slot pixels: x, y, width, height, score. The output of a cascade.
enum CascadeHead {
  static func detections(in outputs: Outputs, transform: InputTransform, thresholds: Thresholds) throws(Failure)
    -> [Detection]
  {
    guard let tensor = outputs.tensors.first, tensor.values.count % 5 == 0 else {
      throw Failure(.interpret, .unexpectedOutput, "boxes come as rows of five numbers")
    }
    let values = tensor.values
    var found: [Detection] = []
    try OutputCheck.finite(values, "a box")
    for row in stride(from: 0, to: values.count, by: 5) where values[row + 4] >= thresholds.minConfidence {
      let box = Box(x: values[row], y: values[row + 1], width: values[row + 2], height: values[row + 3])
      found.append(Detection(score: try OutputCheck.probability(values[row + 4]), box: transform.imageBox(box)))
    }
    return found.sorted { $0.score > $1.score }
  }
}
