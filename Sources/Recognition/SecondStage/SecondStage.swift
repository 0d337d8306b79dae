/// What a second network does with each thing that a first one found.
public enum SecondStage: String, Sendable, Codable, CaseIterable {
  /// Faces with five landmarks, aligned -> a vector.
  case identify
  /// The same, aligned as OpenFace does.
  case identifyOpenFace = "identify_openface"
  /// Lines of text -> whether they stand on their heads.
  case direction
  /// Lines of text -> what is written there.
  case read
  /// Plates -> their four corners, looser or closer at each go.
  case corners
  /// Plates with corners -> what is written there; the network sees them lying on their sides.
  case plate
  /// Faces -> how old.
  case age
  /// Faces -> man or woman.
  case gender

  /// Where SFace and ArcFace want the landmarks of a face of 112 x 112 (OpenCV's FaceRecognizerSF).
  private static let facePoints = [
    (x: 38.2946, y: 51.6963), (x: 73.5318, y: 51.5014), (x: 56.0252, y: 71.7366), (x: 41.5493, y: 92.3655),
    (x: 70.7299, y: 92.2041),
  ]
  /// Lines that are higher than wide by this stand upright in the picture (PaddleOCR).
  private static let upright = 1.5
  /// A direction is believed from here on (PaddleOCR's cls_thresh).
  private static let sure: Float = 0.9

  /// Below this a line is looked at the other way round too.
  private static let doubt: Float = 0.8

  /// Whether a line may stand on its head for all that was said of its direction.
  public func shouldRetryRotated(_ findings: Findings) -> Bool {
    guard self == .read, case .labels(let labels) = findings else { return false }
    return labels.first?.score ?? 0 < Self.doubt
  }

  /// Whether a doubted line reads so much better turned round that it stands on its head.
  public func prefersRotated(_ turned: Findings, to findings: Findings) -> Bool {
    guard case .labels(let other) = turned, case .labels(let first) = findings else { return false }
    return other.first?.score ?? 0 >= max(0.6, (first.first?.score ?? 0) + 0.15)
  }

  /// What the step's network sees of `thing`; nil where it cannot look at it.
  public func crop(of thing: Detection, input: InputSpec) -> Crop? {
    switch self {
    case .corners: return PlateCrop.forCorners(of: thing, input: input)
    case .plate: return PlateCrop.forReading(thing, input: input)
    case .age, .gender: return FaceCrop.loose(thing, input: input)
    case .identifyOpenFace: return FaceCrop.openFace(thing, input: input)
    case .identify:
      guard thing.landmarks.count == 5, let align = Homography(from: Self.facePoints, toNear: thing.landmarks) else {
        return nil
      }
      return Crop(size: PixelSize(width: 112, height: 112), toImage: align, input: input, repeatsEdge: false)
    case .direction, .read:
      let corners = Self.readingQuad(thing)
      let length = { (a: Point, b: Point) in
        Int(((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).squareRoot())
      }
      let size = PixelSize(
        width: max(length(corners[0], corners[1]), length(corners[2], corners[3])),
        height: max(length(corners[0], corners[3]), length(corners[1], corners[2])))
      guard size.width > 0, size.height > 0,
        let map = Homography(rectangle: Double(size.width), Double(size.height), to: corners)
      else { return nil }
      return Crop(size: size, toImage: map, input: input, repeatsEdge: true)
    }
  }

  /// The corners from where the reading begins, clockwise; lines that stand upright are read from below.
  private static func readingQuad(_ thing: Detection) -> [Point] {
    let box = thing.box
    guard thing.quad.count == 4 else {
      let (right, bottom) = (box.x + box.width, box.y + box.height)
      return [
        Point(x: box.x, y: box.y), Point(x: right, y: box.y), Point(x: right, y: bottom), Point(x: box.x, y: bottom),
      ]
    }
    let quad = thing.quad
    let side = { (a: Point, b: Point) in ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).squareRoot() }
    let width = max(side(quad[0], quad[1]), side(quad[2], quad[3]))
    let height = max(side(quad[0], quad[3]), side(quad[1], quad[2]))
    return Double(height) >= upright * Double(width) ? [quad[1], quad[2], quad[3], quad[0]] : quad
  }

  /// Puts the answer for a crop to the thing that it was cut for.
  public func apply(_ findings: Findings, to thing: inout Detection, crop: Crop? = nil) {
    switch (self, findings) {
    case (.identify, .embedding(let vector)), (.identifyOpenFace, .embedding(let vector)): thing.vector = vector
    case (.corners, .embedding(let values)):
      if let crop, values.count == 8 { thing.landmarks = PlateCrop.corners(values, in: crop) }
    case (.age, .labels(let labels)): thing.age = labels.first
    case (.gender, .labels(let labels)): thing.gender = labels.first
    case (.direction, .labels(let labels)):
      guard let best = labels.first, best.label == "180", best.score > Self.sure else { return }
      thing.rotate180()
    case (.read, .labels(let labels)), (.plate, .labels(let labels)):
      thing.text = labels.first?.label ?? ""
      thing.score = labels.first?.score ?? 0
    default: break
    }
  }

  /// The kind of findings that the stage's network must give.
  public var answer: FindingsKind {
    switch self {
    case .identify, .identifyOpenFace, .corners: .embedding
    case .direction, .read, .plate, .age, .gender: .labels
    }
  }

  /// Whether it tells faces apart.
  public var identifies: Bool { self == .identify || self == .identifyOpenFace }

  /// The things of an image after the step; what reads nothing is nothing.
  public func finish(_ things: [Detection], least: Float) -> [Detection] {
    self == .read || self == .plate ? things.filter { !($0.text ?? "").isEmpty && $0.score >= least } : things
  }
}
