/// The text of a line, decoded greedily (Graves et al., "Connectionist Temporal Classification", 2006): the
/// best character of each step, repetitions once, without blanks (class 0). Its score is the mean of the characters'.
///
/// The last class may be a space that the alphabet does not list, as in PaddleOCR.
enum CTCHead {
  /// (images, characters + 1, steps, 1), the blank last, without the first `skipped` steps: HyperLPR.
  static func planes(
    in outputs: Outputs, image index: Int, characters: [String], skipped: Int
  ) throws(Failure) -> [Label] {
    let classes = characters.count + 1
    guard let tensor = outputs.tensors.first, tensor.shape.count > 1, tensor.shape[1] == classes,
      tensor.values.count % (outputs.count * classes) == 0
    else {
      throw Failure(
        .interpret, .unexpectedOutput,
        "(images, \(classes), steps, 1) is expected, the network gave \(outputs.tensors.first?.shape ?? [])")
    }
    let values = tensor.image(index, of: outputs.count)
    try OutputCheck.finite(values, "a character")
    let steps = values.count / classes
    var text = ""
    var (sum, count): (Float, Int) = (0, 0)
    var before = -1
    for step in min(max(0, skipped), steps)..<steps {
      var best = 0
      for id in 1..<classes where values[id * steps + step] > values[best * steps + step] { best = id }
      if best < characters.count, best != before {
        text += characters[best]
        sum += values[best * steps + step]
        count += 1
      }
      before = best
    }
    return count == 0 ? [] : [Label(label: text, id: 0, score: min(1, max(0, sum / Float(count))))]
  }

  static func text(in outputs: Outputs, image index: Int, characters: [String]) throws(Failure) -> [Label] {
    guard let tensor = outputs.tensors.first, tensor.shape.count == 3, let classes = tensor.shape.last, classes > 1,
      tensor.values.count % (outputs.count * classes) == 0
    else {
      throw Failure(
        .interpret, .unexpectedOutput,
        "(images, steps, classes) is expected, the network gave \(outputs.tensors.first?.shape ?? [])")
    }
    guard characters.isEmpty || classes == characters.count + 1 || classes == characters.count + 2 else {
      throw Failure(
        .interpret, .unexpectedOutput,
        "the network gave \(classes) classes, the card has \(characters.count) characters")
    }
    let values = tensor.image(index, of: outputs.count)
    try OutputCheck.finite(values, "a character")
    var text = ""
    var sum: Float = 0
    var count = 0
    var before = 0
    for start in stride(from: 0, to: values.count, by: classes) {
      let best = indexOfLargest(UnsafeBufferPointer(rebasing: values[start..<start + classes]))
      if best != 0, best != before {
        text += best <= characters.count ? characters[best - 1] : " "
        sum += values[start + best]
        count += 1
      }
      before = best
    }
    return count == 0 ? [] : [Label(label: text, id: 0, score: min(1, max(0, sum / Float(count))))]
  }

  /// The first index of the largest value. Precondition: all are finite, and there is one.
  ///
  /// 16 at a time: a line has 18,000 characters to choose from at each of its steps.
  static func indexOfLargest(_ values: UnsafeBufferPointer<Float>) -> Int {
    let raw = UnsafeRawPointer(values.baseAddress!)
    let whole = values.count / 16 * 16
    var largest = SIMD16<Float>(repeating: -.infinity)
    for index in stride(from: 0, to: whole, by: 16) {
      let part = raw.loadUnaligned(fromByteOffset: 4 * index, as: SIMD16<Float>.self)
      largest.replace(with: part, where: part .> largest)
    }
    var best = largest.max()
    for index in whole..<values.count { best = max(best, values[index]) }
    for index in stride(from: 0, to: whole, by: 16) {
      let part = raw.loadUnaligned(fromByteOffset: 4 * index, as: SIMD16<Float>.self)
      guard any(part .== best) else { continue }
      return (index..<index + 16).first { values[$0] == best }!
    }
    return (whole..<values.count).first { values[$0] == best }!
  }
}
