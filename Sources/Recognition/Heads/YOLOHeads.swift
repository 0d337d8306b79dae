import Platform

/// The YOLO family. All have one row per cell; they differ in the unit of the box and in the meaning of the score.
enum YOLOHeads {
  /// YOLOX (Ge et al., "YOLOX: Exceeding YOLO Series in 2021"), exported without decoding: the cells of the grid of
  /// each stride, row by row; centre as offset in cells, size as logarithm in cells. Score: objectness times class.
  static func yolox(in image: HeadInput, strides: [Int]) throws(Failure) -> BoxCandidates {
    let (rows, width) = try rows(of: image, "YOLOX")
    let cells = strides.reduce(0) { $0 + (image.slot.width / $1) * (image.slot.height / $1) }
    guard rows == cells else {
      throw Failure(
        .interpret, .unexpectedOutput,
        "YOLOX has \(cells) cells at \(image.slot.width)x\(image.slot.height), the network gave \(rows)")
    }
    let values = image.values(0)
    var found = BoxCandidates()
    var row = 0
    for stride in strides {
      let columns = image.slot.width / stride
      let step = Float(stride)
      for cell in 0..<columns * (image.slot.height / stride) {
        defer { row += width }
        let objectness = values[row + 4]
        guard objectness.isFinite else { throw OutputCheck.unexpected("a score", objectness) }
        guard objectness >= image.thresholds.minConfidence else { continue }
        try OutputCheck.finite(values, row..<row + width, "a cell")
        let best = best(values, row + 5, width - 5)
        guard objectness * best.score >= image.thresholds.minConfidence else { continue }
        try found.add(
          centreX: (values[row] + Float(cell % columns)) * step, (values[row + 1] + Float(cell / columns)) * step,
          width: expf(values[row + 2]) * step, expf(values[row + 3]) * step, score: objectness * best.score,
          id: best.id)
      }
    }
    return found
  }

  /// YOLOv5's export: decoded boxes in slot pixels. Score: objectness times class.
  static func yolov5(in image: HeadInput) throws(Failure) -> BoxCandidates {
    let (rows, width) = try rows(of: image, "YOLOv5")
    let values = image.values(0)
    var found = BoxCandidates()
    for row in stride(from: 0, to: rows * width, by: width) {
      let objectness = values[row + 4]
      guard objectness.isFinite else { throw OutputCheck.unexpected("a score", objectness) }
      guard objectness >= image.thresholds.minConfidence else { continue }
      try OutputCheck.finite(values, row..<row + width, "a cell")
      let best = best(values, row + 5, width - 5)
      guard objectness * best.score >= image.thresholds.minConfidence else { continue }
      try found.add(
        centreX: values[row], values[row + 1], width: values[row + 2], values[row + 3],
        score: objectness * best.score, id: best.id)
    }
    return found
  }

  /// YOLOv8's and 11's export: one column per cell, decoded boxes in slot pixels, no objectness. Exports that suppress
  /// boxes themselves (Ultralytics' nms, YOLOv10 and later end to end) have rows instead: corners, score, class.
  static func yolov8(in image: HeadInput) throws(Failure) -> BoxCandidates {
    guard let tensor = image.outputs.tensors.first else { throw nothing("YOLOv8") }
    let shape = image.shape(0)
    guard shape.count == 2, shape[0] > 4, tensor.values.count == image.outputs.count * shape[0] * shape[1] else {
      throw Failure(
        .interpret, .unexpectedOutput,
        "YOLOv8 gives (images, 4 + classes, cells), the network gave \(tensor.shape)")
    }
    let (width, cells) = (shape[0], shape[1])
    // The smallest slot has more than six cells.
    if cells == 6, width <= maxChosen { return try chosen(in: image, rows: width) }
    // Exports with exchanged axes are YOLOv5's, or wrong; having more cells than numbers per cell distinguishes them.
    guard cells > width || image.labels.count == width - 4 else {
      throw Failure(
        .interpret, .unexpectedOutput,
        "YOLOv8 gives one column per cell, the network gave \(tensor.shape): is it for the head yolov5?")
    }
    try image.expect(classes: width - 4)
    let values = image.values(0)
    try OutputCheck.finite(UnsafeBufferPointer(rebasing: values[(4 * cells)...]), "a score")
    var scores = [Float](repeating: -1, count: cells)
    var ids = [Int32](repeating: 0, count: cells)
    for id in 0..<width - 4 {
      let row = (4 + id) * cells
      for cell in 0..<cells where values[row + cell] > scores[cell] {
        scores[cell] = values[row + cell]
        ids[cell] = Int32(id)
      }
    }
    var found = BoxCandidates()
    for cell in 0..<cells where scores[cell] >= image.thresholds.minConfidence {
      try found.add(
        centreX: values[cell], values[cells + cell], width: values[2 * cells + cell], values[3 * cells + cell],
        score: scores[cell], id: Int(ids[cell]))
    }
    return found
  }

  private static let maxChosen = 1000

  /// (images, boxes, 6): left, top, right, bottom in slot pixels, score, class; padded with empty rows.
  private static func chosen(in image: HeadInput, rows: Int) throws(Failure) -> BoxCandidates {
    let values = image.values(0)
    var found = BoxCandidates()
    found.isSuppressed = true
    for row in stride(from: 0, to: rows * 6, by: 6) {
      let score = values[row + 4]
      guard score.isFinite else { throw OutputCheck.unexpected("a score", score) }
      guard score > 0, score >= image.thresholds.minConfidence else { continue }
      let box = Box(left: values[row], top: values[row + 1], right: values[row + 2], bottom: values[row + 3])
      try OutputCheck.finite(values, row..<row + 4, "a box")
      guard box.width > 0, box.height > 0 else { continue }
      let id = try OutputCheck.classIndex(values[row + 5], labels: image.labels.count)
      try found.add(.init(box: box, score: score, id: id))
    }
    return found
  }

  /// Darknet's YOLO layers as OpenCV gives them: one output per layer, boxes as fractions of the slot, class scores that
  /// include the objectness.
  static func darknet(in image: HeadInput) throws(Failure) -> BoxCandidates {
    guard !image.outputs.tensors.isEmpty else { throw nothing("Darknet") }
    var found = BoxCandidates()
    let (w, h) = (Float(image.slot.width), Float(image.slot.height))
    for output in image.outputs.tensors.indices {
      let (rows, width) = try rows(of: image, "Darknet", output: output)
      let values = image.values(output)
      for row in stride(from: 0, to: rows * width, by: width) {
        let objectness = values[row + 4]
        guard objectness.isFinite else { throw OutputCheck.unexpected("a score", objectness) }
        guard objectness >= image.thresholds.minConfidence else { continue }
        _ = try OutputCheck.probability(objectness)
        try OutputCheck.finite(values, row..<row + width, "a cell")
        let best = best(values, row + 5, width - 5)
        guard best.score >= image.thresholds.minConfidence, best.score > 0 else { continue }
        try found.add(
          centreX: values[row] * w, values[row + 1] * h, width: values[row + 2] * w, values[row + 3] * h,
          score: best.score, id: best.id)
      }
    }
    return found
  }

  /// Number and length of the rows.
  private static func rows(of image: HeadInput, _ name: String, output: Int = 0) throws(Failure)
    -> (count: Int, width: Int)
  {
    guard image.outputs.tensors.indices.contains(output) else { throw nothing(name) }
    let tensor = image.outputs.tensors[output]
    let shape = image.shape(output)
    let count = image.values(output).count
    guard shape.count == 2, let width = shape.last, width > 5, count % width == 0 else {
      throw Failure(
        .interpret, .unexpectedOutput, "\(name) gives (images, cells, 5 + classes), the network gave \(tensor.shape)")
    }
    // So many numbers in a row are the cells of YOLOv8.
    guard width < 1000 || image.labels.count == width - 5 else {
      throw Failure(
        .interpret, .unexpectedOutput,
        "\(name) gives one row per cell, the network gave \(tensor.shape): is it for the head yolov8?")
    }
    try image.expect(classes: width - 5)
    return (count / width, width)
  }

  @inline(__always)
  private static func best(_ values: UnsafeBufferPointer<Float>, _ start: Int, _ count: Int) -> (id: Int, score: Float)
  {
    var best = (id: 0, score: values[start])
    for id in 1..<max(1, count) where values[start + id] > best.score { best = (id, values[start + id]) }
    return best
  }

  private static func nothing(_ name: String) -> Failure {
    Failure(.interpret, .unexpectedOutput, "the network gave no output for the \(name) head")
  }
}
