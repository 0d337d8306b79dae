/// Boxes that a network proposes for one image, in slot pixels.
struct BoxCandidates {
  struct Candidate {
    var box: Box
    var score: Float
    /// The class's place among the labels; nil: things of one kind.
    var id: Int?
    var landmarks: [Point] = []
  }

  private(set) var all: [Candidate] = []
  /// Whether the network itself left one box a thing.
  var isSuppressed = false
  /// A network that sees something everywhere should not cost minutes.
  private static let maxCompared = 30_000
  private static let maxKept = 300

  mutating func add(_ candidate: Candidate) { all.append(candidate) }

  mutating func add(centreX: Float, _ centreY: Float, width: Float, _ height: Float, score: Float, id: Int?) {
    guard width.isFinite, height.isFinite, centreX.isFinite, centreY.isFinite else { return }
    add(
      Candidate(
        box: Box(x: centreX - width / 2, y: centreY - height / 2, width: width, height: height), score: score, id: id))
  }

  /// The surest of each pile of one class, the surest first, in pixels of the upright image; of the wanted labels.
  func strongest(in image: HeadInput) -> [Detection] {
    let name = { (id: Int) in image.labels.indices.contains(id) ? image.labels[id] : "\(id)" }
    let wanted = image.thresholds.labels.map { labels in
      all.filter { candidate in candidate.id.map { labels.contains(name($0)) } ?? true }
    }
    var kept: [Candidate] = []
    for candidate in (wanted ?? all).sorted(by: { $0.score > $1.score }).prefix(Self.maxCompared) {
      if kept.count == Self.maxKept { break }
      let covered =
        !isSuppressed && kept.contains { $0.id == candidate.id && $0.box.iou(candidate.box) > image.thresholds.iou }
      if !covered { kept.append(candidate) }
    }
    return kept.map { candidate in
      Detection(
        label: candidate.id.map(name), score: min(candidate.score, 1), box: image.transform.imageBox(candidate.box),
        landmarks: candidate.landmarks.map { image.transform.imagePoint(x: $0.x, y: $0.y) })
    }
  }
}
