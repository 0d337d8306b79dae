import COpenCV
import Recognition

/// A found object as it is drawn, in pixels of the picture.
struct Mark {
  /// What its label says.
  let text: String
  let colour: CVColour
  /// Corners of its outline; empty if it has none of its own: a mask has its edge.
  let outline: [Point]
  let landmarks: [Point]
  /// The box around it.
  let box: Box
  /// What the label stands beside.
  let anchor: [Point]
  /// What no label covers; nil: labels may lie on it.
  let clear: ClearArea?

  /// An area that is read costs more than a small object.
  private static let readWeight: Float = 4
  /// The object's own label does not cover it at any price that others would pay.
  static let ownWeight: Float = 12

  /// `scale` turns pixels of the upright image into those of the picture; a label is about `label` large.
  init(_ detection: Detection, task: TaskKind, scale: (x: Float, y: Float), label: PixelSize) {
    func scaled(_ point: Point) -> Point { Point(x: point.x * scale.x, y: point.y * scale.y) }
    let read = detection.text != nil || !detection.quad.isEmpty
    // The landmarks of a plate are its corners.
    let isQuad = detection.text != nil && detection.quad.isEmpty && detection.landmarks.count == 4
    let corners = isQuad ? detection.landmarks : detection.quad.isEmpty ? detection.box.corners : detection.quad
    outline = corners.map(scaled)
    anchor = outline
    landmarks = isQuad ? [] : detection.landmarks.map(scaled)
    box = Box(around: outline)
    text = Self.text(of: detection)
    colour = ClassPalette.colour(of: detection.identity?.name ?? detection.label ?? task.rawValue)
    let isSmall = box.area < 4 * Float(label.area)
    if read || task == .faces {
      clear = ClearArea(outline, weight: Self.readWeight)
    } else {
      clear = isSmall ? ClearArea(outline, weight: 1) : nil
    }
  }

  /// `scale` turns pixels of the upright image into those of the picture.
  init(_ code: OpticalCode, scale: (x: Float, y: Float)) {
    outline = code.quad.map { Point(x: $0.x * scale.x, y: $0.y * scale.y) }
    (anchor, landmarks, box) = (outline, [], Box(around: outline))
    // The digits under the bars are there to be read as well.
    clear = ClearArea(outline, weight: Self.readWeight)
    colour = ClassPalette.colour(of: TaskKind.codes.rawValue)
    text = code.isbn.map { "ISBN \($0)" } ?? "\(code.format) \(code.text)"
  }

  /// `summit` is the highest part of the mask: above it the label stands, as the box around it may be wide.
  init(_ segment: Segment, summit: Box) {
    box = summit
    anchor = summit.corners
    (outline, landmarks, clear) = ([], [], nil)
    colour = ClassPalette.colour(of: segment.label)
    text = "\(segment.label) \(Self.percent(segment.score))"
  }

  /// A name stands with its distance, anything else with its score.
  private static func text(of detection: Detection) -> String {
    if let identity = detection.identity { return "\(identity.name) \(hundredths(identity.distance))" }
    return [detection.text ?? detection.label, percent(detection.score)].compactMap(\.self).joined(separator: " ")
  }

  static func percent(_ score: Float) -> String { "\(whole(score * 100))%" }

  /// A number of two decimals.
  private static func hundredths(_ value: Float) -> String {
    let hundredths = max(0, whole(value * 100))
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  }

  private static func whole(_ value: Float) -> Int {
    value.isFinite ? Int(max(-1_000_000, min(value, 1_000_000)).rounded()) : 0
  }
}
