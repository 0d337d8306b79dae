import Platform

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

  /// (images, steps, characters + 1), the blank first: probabilities or `logits`.
  static func text(
    in outputs: Outputs, image index: Int, logits: Bool, characters: [String]
  ) throws(Failure) -> [Label] {
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
      let step = UnsafeBufferPointer(rebasing: values[start..<start + classes])
      let best = indexOfLargest(step)
      if best != 0, best != before {
        text += best <= characters.count ? characters[best - 1] : " "
        sum += logits ? probability(ofLargest: step[best], of: step) : step[best]
        count += 1
      }
      before = best
    }
    return count == 0 ? [] : [Label(label: text, id: 0, score: min(1, max(0, sum / Float(count))))]
  }

  /// The softmax of the largest of some logits.
  ///
  /// The network's own softmax of all classes and steps would take a twentieth of its time, and as much memory as the
  /// logits; characters are found in a sixth of the steps.
  static func probability(ofLargest largest: Float, of logits: UnsafeBufferPointer<Float>) -> Float {
    let raw = UnsafeRawPointer(logits.baseAddress!)
    let whole = logits.count / 16 * 16
    var sums = SIMD16<Float>(repeating: 0)
    for index in stride(from: 0, to: whole, by: 16) {
      sums += exponential(raw.loadUnaligned(fromByteOffset: 4 * index, as: SIMD16<Float>.self) - largest)
    }
    var sum = sums.sum()
    for index in whole..<logits.count { sum += expf(logits[index] - largest) }
    return 1 / sum
  }

  /// e to the power of values of at most 0, within 3e-7 of it.
  ///
  /// 2^n * e^r with |r| <= ln 2 / 2, and e^r by Taylor's polynomial of the sixth degree.
  static func exponential(_ values: SIMD16<Float>) -> SIMD16<Float> {
    // Below this, 2^n is not a normal number, and the result as good as 0.
    let x = values.replacing(with: -87, where: values .< -87)
    // Added to a number, this leaves its nearest integer in the lowest bits: SIMD vectors are rounded value by value.
    let shift: Float = 0x1.8p23
    let shifted = x * 1.442695041 + shift
    let n = shifted - shift
    // ln 2 in two parts, of which the first has few digits: its product with n is exact.
    let r = x - n * 0.693359375 + n * 2.12194440e-4
    var power = r * Float(1.0 / 720)
    power = (power + Float(1.0 / 120)) * r
    power = (power + Float(1.0 / 24)) * r
    power = (power + Float(1.0 / 6)) * r
    power = (power + 0.5) * r
    power = (power + 1) * r + 1
    let exponent = (unsafeBitCast(shifted, to: SIMD16<Int32>.self) &+ 127) &<< 23
    return power * unsafeBitCast(exponent, to: SIMD16<Float>.self)
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
