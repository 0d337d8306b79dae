/// The use of a second-stage network on each detection of the first stage.
public enum SecondStage: String, Sendable, Codable, CaseIterable {
  /// Faces with five landmarks, aligned -> an embedding (SFace).
  case identify
  /// The same, aligned as OpenFace does.
  case identifyOpenFace = "identify_openface"
  /// Text line -> orientation, 0 or 180 degrees.
  case direction
  /// Text line -> its text.
  case read
  /// Plate -> its four corners, in a wide or close crop.
  case corners
  /// Plate with corners -> its text; the network takes it transposed.
  case plate
  /// Face -> age class.
  case age
  /// Face -> gender.
  case gender

  /// Score from which an orientation is trusted (PaddleOCR's cls_thresh).
  private static let minOrientationScore: Float = 0.9

  /// Score below which a line is read rotated too.
  private static let retryBelow: Float = 0.8

  /// Score from which the reading of a condensed line is taken as it is. Of 888 lines of drawn receipts 22 are read again;
  /// with 0.985 143 are, in a tenth more time, and no more words are right. On 24 pages of small, blurred letters F is
  /// 0.951, 0.953 with 0.985 and 0.944 without second readings.
  private static let certain: Float = 0.97

  /// Margin of a plate that is read again, as a part of its width: the corners may lie on the first letter. Of 216 drawn
  /// plates of 94 to 800 pixels 199 are read right without it, and 208 with the second reading.
  private static let plateMargin: Float = 0.02
  /// Score from which the reading of a plate is taken as it is.
  private static let certainPlate: Float = 0.985

  /// Whether a condensed line should be read again in its own width.
  public func shouldRetryUncondensed(_ findings: Findings) -> Bool {
    self == .read && (Self.score(findings) ?? 1) < Self.certain
  }

  /// Whether a plate should be read again with a margin. What is no plate reads as something below `minimum`, and is not
  /// given a second chance.
  public func shouldRetryWider(_ findings: Findings, minimum: Float) -> Bool {
    guard self == .plate, let score = Self.score(findings) else { return false }
    return score >= minimum && score < Self.certainPlate
  }

  /// The crop for a second reading of `detection`, the more certain of which counts; nil if the findings in the first crop
  /// are certain, or no other crop can be made. `minimum` is the least score of a reading.
  public func secondCrop(
    of detection: Detection, after findings: Findings, in first: Crop, input: InputSpec, minimum: Float
  ) -> Crop? {
    if shouldRetryWider(findings, minimum: minimum) {
      return PlateCrop.forReading(detection, input: input, margin: Self.plateMargin)
    }
    guard shouldRetryUncondensed(findings), let wide = input.uncondensed, let crop = crop(of: detection, input: wide),
      crop.transform.resized != first.transform.resized
    else { return nil }
    return crop
  }

  /// The more certain of two readings of a line or a plate; the first if they are equally certain.
  public func moreCertain(_ first: Findings, _ second: Findings) -> Findings {
    Self.score(second) ?? 0 > Self.score(first) ?? 0 ? second : first
  }

  /// Score of a reading; nil for findings of another kind.
  private static func score(_ findings: Findings) -> Float? {
    guard case .labels(let labels) = findings else { return nil }
    return labels.first?.score ?? 0
  }

  /// Whether a line should be read again rotated by 180 degrees, whatever its orientation network found.
  public func shouldRetryRotated(_ findings: Findings) -> Bool {
    guard self == .read, case .labels(let labels) = findings else { return false }
    return labels.first?.score ?? 0 < Self.retryBelow
  }

  /// Whether the rotated reading is so much better that the line is upside down.
  public func prefersRotated(_ rotated: Findings, to findings: Findings) -> Bool {
    guard case .labels(let other) = rotated, case .labels(let first) = findings else { return false }
    return other.first?.score ?? 0 >= max(0.6, (first.first?.score ?? 0) + 0.15)
  }

  /// The crop of `detection` for the stage's network; nil if it cannot be made.
  public func crop(of detection: Detection, input: InputSpec) -> Crop? {
    switch self {
    case .corners: return PlateCrop.forCorners(of: detection, input: input)
    case .plate: return PlateCrop.forReading(detection, input: input)
    case .age, .gender: return FaceCrop.loose(detection, input: input)
    case .identifyOpenFace: return FaceCrop.openFace(detection, input: input)
    case .identify: return FaceCrop.sface(detection, input: input)
    case .direction, .read: return TextCrop.line(detection, input: input)
    }
  }

  /// Number of lines in the order of reading of which one is examined first.
  private static let neighbours = 5

  /// Least number of lines that are upside down from which the others may follow them.
  private static let leastVotes = 5

  /// Indices of the detections to examine first, in ascending order; the others only if one of these is upside down. nil:
  /// all at once.
  ///
  /// The lines of a page stand the same way up as a rule, so that of neighbouring ones the longest is examined. Lines that
  /// stand upright may be read from either end, and are all examined.
  public func sample(of detections: [Detection]) -> [Int]? {
    guard self == .direction, detections.count > 2 * Self.neighbours else { return nil }
    let longest = stride(from: 0, to: detections.count, by: Self.neighbours).compactMap { start in
      (start..<min(start + Self.neighbours, detections.count)).max {
        TextLines.length(detections[$0]) < TextLines.length(detections[$1])
      }
    }
    let upright = detections.indices.filter { TextCrop.isUpright(detections[$0]) }
    return Set(longest + upright).sorted()
  }

  /// Indices of the lines that are upside down because most others are, though their own letters do not show it: "68" reads
  /// "89". `found` says of those lines that show which way up they are whether they are upside down.
  public func alsoUpsideDown(_ found: [Int: Bool], among detections: [Detection]) -> [Int] {
    guard self == .direction else { return [] }
    return [false, true].flatMap { isUpright -> [Int] in
      let lines = detections.indices.filter { TextCrop.isUpright(detections[$0]) == isUpright }
      let upsideDown = lines.count { found[$0] == true }
      let others = lines.count { found[$0] == false }
      guard upsideDown >= Self.leastVotes, upsideDown >= 3 * others else { return [] }
      return lines.filter { found[$0] != true }
    }
  }

  /// Whether a line is upside down by what its orientation network found; nil: uncertain.
  public func isUpsideDown(_ findings: Findings) -> Bool? {
    guard self == .direction, case .labels(let labels) = findings, let best = labels.first,
      best.score > Self.minOrientationScore
    else { return nil }
    return best.label == "180"
  }

  /// Applies the findings in a crop to its detection.
  ///
  /// Throws `unexpectedOutput` if corners are no positions.
  public func apply(_ findings: Findings, to detection: inout Detection, crop: Crop? = nil) throws(Failure) {
    switch (self, findings) {
    case (.identify, .embedding(let vector)), (.identifyOpenFace, .embedding(let vector)): detection.vector = vector
    case (.corners, .embedding(let values)):
      guard let crop else { return }
      guard values.count == 8 else {
        throw Failure(.interpret, .unexpectedOutput, "eight coordinates are expected, the network gave \(values.count)")
      }
      let corners = PlateCrop.corners(values, in: crop)
      try OutputCheck.positions(corners)
      detection.landmarks = corners
    case (.age, .labels(let labels)): detection.age = labels.first
    case (.gender, .labels(let labels)): detection.gender = labels.first
    case (.direction, .labels): if isUpsideDown(findings) == true { detection.rotate180() }
    case (.read, .labels(let labels)), (.plate, .labels(let labels)):
      detection.text = labels.first?.label ?? ""
      detection.score = labels.first?.score ?? 0
    case (.identify, _), (.identifyOpenFace, _), (.corners, _), (.age, _), (.gender, _), (.direction, _), (.read, _),
      (.plate, _):
      // Findings of another kind than `answer`: the card's check refuses such a network.
      break
    }
  }

  /// The kind of findings that the stage's network must give.
  public var answer: FindingsKind {
    switch self {
    case .identify, .identifyOpenFace, .corners: .embedding
    case .direction, .read, .plate, .age, .gender: .labels
    }
  }

  /// Whether it computes embeddings of faces.
  public var identifies: Bool { self == .identify || self == .identifyOpenFace }

  /// The detections of an image after the stage: lines and plates without text or below `minimum` are dropped, and plates
  /// that lie on a surer one, which two boxes of the detector led to.
  public func finish(_ detections: [Detection], minimum: Float) -> [Detection] {
    guard self == .read || self == .plate else { return detections }
    let read = detections.filter { !($0.text ?? "").isEmpty && $0.score >= minimum }
    guard self == .plate, read.count > 1 else { return read }
    let outlines = read.enumerated().map { (index: $0, score: $1.score, box: Box(around: $1.landmarks)) }
    let kept = NonMaximumSuppression.apply(outlines, score: \.score) { $0.box.iou($1.box) > Self.samePlate }
    return kept.map(\.index).sorted().map { read[$0] }
  }

  /// Intersection over union from which the outlines of two plates are one plate's.
  private static let samePlate: Float = 0.5
}
