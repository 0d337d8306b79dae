/// Boxes that a network proposes for one image, in slot pixels.
struct BoxCandidates {
  struct Candidate {
    var box: Box
    var score: Float
    /// Index of its label; nil: all objects are of one kind.
    var id: Int?
    var landmarks: [Point] = []
  }

  private(set) var all: [Candidate] = []
  /// Whether the network itself suppressed overlapping boxes.
  var isSuppressed = false

  /// Throws if the score is no probability, or the box or a landmark no position.
  mutating func add(_ candidate: Candidate) throws(Failure) {
    let box = candidate.box
    // Sides that overflow on their way to the image would leave NaN in its box.
    for (low, length) in [(box.x, box.width), (box.y, box.height)] {
      guard abs(low) < Self.maxLength, abs(length) < Self.maxLength else {
        throw OutputCheck.unexpected("a box", low.isFinite ? length : low)
      }
    }
    try OutputCheck.positions(candidate.landmarks)
    var candidate = candidate
    candidate.score = try OutputCheck.probability(candidate.score)
    all.append(candidate)
  }

  /// A box may be as large as an overflowing exponential makes it: it is clipped to the image.
  private static let maxLength: Float = 1e32

  mutating func add(centreX: Float, _ centreY: Float, width: Float, _ height: Float, score: Float, id: Int?)
    throws(Failure)
  {
    try add(
      Candidate(
        box: Box(x: centreX - width / 2, y: centreY - height / 2, width: width, height: height), score: score, id: id))
  }

  /// Class-aware non-maximum suppression, best first: the detections of the allowed labels, in pixels of the upright
  /// image.
  func suppressed(in image: HeadInput) -> [Detection] {
    let name = { (id: Int) in image.labels.indices.contains(id) ? image.labels[id] : "\(id)" }
    let allowed = image.thresholds.labels.map { labels in
      all.filter { candidate in candidate.id.map { labels.contains(name($0)) } ?? true }
    }
    let kept = NonMaximumSuppression.apply(allowed ?? all, score: \.score) { kept, weaker in
      !isSuppressed && kept.id == weaker.id && kept.box.iou(weaker.box) > image.thresholds.iou
    }
    return kept.map { candidate in
      Detection(
        label: candidate.id.map(name), id: candidate.id, score: candidate.score,
        box: image.transform.imageBox(candidate.box),
        landmarks: candidate.landmarks.map { image.transform.imagePoint(x: $0.x, y: $0.y) })
    }
  }
}
