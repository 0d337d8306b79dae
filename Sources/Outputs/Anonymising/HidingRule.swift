import Codecs
import Recognition
import Records

/// Decides what is made unrecognisable in an image, by its record.
public struct HidingRule: Sendable {
  /// The tasks whose findings are hidden.
  public var tasks: [TaskKind]
  /// Of objects, those with one of these labels; empty: all.
  public var labels: Set<String>
  /// Nil: a mosaic for faces and objects, and a plain colour for what can be read. Text and codes can be recovered from a
  /// mosaic: few characters are possible, and their mosaics can be tried.
  public var method: HidingMethod?
  /// Share of the sides by which each side is extended.
  public var margin: Float
  /// Findings with a lower score are not hidden.
  public var minConfidence: Float

  /// Tasks whose findings can be hidden.
  public static let possible: [TaskKind] = [.faces, .plates, .text, .codes, .detect, .segment, .nsfw]
  /// Tasks whose findings have labels.
  public static let labelled: [TaskKind] = [.detect, .segment, .nsfw]

  public init(
    tasks: [TaskKind] = [.faces, .plates], labels: Set<String> = [], method: HidingMethod? = nil, margin: Float = 0.2,
    minConfidence: Float = 0
  ) {
    self.tasks = tasks
    self.labels = labels
    self.method = method
    self.margin = margin
    self.minConfidence = minConfidence
  }

  /// The parts of the image that the findings of one task make.
  public func parts(_ task: TaskKind, _ findings: Findings) -> [HiddenPart] {
    guard tasks.contains(task) else { return [] }
    switch findings {
    case .detections(let found):
      return found.filter { $0.score >= minConfidence && isHidden($0.label, task) }.map { detection in
        switch task {
        case .faces: HiddenPart(face(detection), method ?? .pixelate)
        case .text: HiddenPart(quad(detection.quad, in: detection.box), method ?? .fill)
        case .plates: HiddenPart(rectangle(detection.box), method ?? .fill)
        case .classify, .detect, .nsfw, .segment, .embed, .rotation, .quality, .codes, .upscale:
          HiddenPart(rectangle(detection.box), method ?? .pixelate)
        }
      }
    case .segments(let found):
      return found.filter { $0.score >= minConfidence && isHidden($0.label, task) }.map {
        HiddenPart(outline($0), method ?? .pixelate)
      }
    case .codes(let found): return found.map { HiddenPart(quad($0.quad, in: $0.box), method ?? .fill) }
    case .labels, .embedding, .measures, .upscaled: return []
    }
  }

  /// The labels of the findings, also of those that are not hidden.
  static func labels(of findings: Findings) -> [String] {
    switch findings {
    case .detections(let found): found.compactMap(\.label)
    case .segments(let found): found.map(\.label)
    case .labels, .embedding, .measures, .codes, .upscaled: []
    }
  }

  private func isHidden(_ label: String?, _ task: TaskKind) -> Bool {
    guard Self.labelled.contains(task), !labels.isEmpty else { return true }
    return label.map(labels.contains) ?? false
  }

  // MARK: Shapes

  /// The ellipse around the box; one that has the landmarks inside, wherever a detector puts them.
  private func face(_ face: Detection) -> HiddenShape {
    let box = face.landmarks.reduce(face.box) { $0.including($1) }
    return .ellipse(box.extended(by: margin))
  }

  private func rectangle(_ box: Box) -> HiddenShape {
    .polygon(box.extended(by: margin).corners, margin: 0)
  }

  /// The quadrangle, with a margin by the length of its shorter side: the height of a line.
  private func quad(_ quad: [Point], in box: Box) -> HiddenShape {
    guard quad.count >= 3 else { return rectangle(box) }
    let sides = zip(quad, quad.dropFirst() + quad.prefix(1)).map { $0.distance(to: $1) }
    return .polygon(quad, margin: margin * (sides.min() ?? 0))
  }

  /// The mask; the box of a segment whose mask is in a file, or was removed.
  private func outline(_ segment: Segment) -> HiddenShape {
    guard segment.mask.area > 0 else { return rectangle(segment.box) }
    // A mask follows the outline, so that a quarter of a box's margin is enough.
    let reach = margin / 4 * min(segment.box.width, segment.box.height)
    return .mask(segment.mask, box: segment.box, margin: max(2, reach))
  }
}

extension Box {
  /// The box with each side moved outwards by `share` of the side across it.
  fileprivate func extended(by share: Float) -> Box {
    Box(x: x - width * share, y: y - height * share, width: width * (1 + 2 * share), height: height * (1 + 2 * share))
  }

  /// The smallest box around it and a point.
  fileprivate func including(_ point: Point) -> Box {
    Box(
      left: min(x, point.x), top: min(y, point.y), right: max(x + width, point.x), bottom: max(y + height, point.y))
  }
}
