import Platform
import Recognition
import Records

/// Decides what of a record becomes a tag.
public struct TagRule: Sendable {
  /// The faces that become regions.
  public enum Regions: String, Sendable, CaseIterable { case all, named, none }

  /// The tasks that count.
  public var tasks: Set<TaskKind>
  /// Findings below it do not count.
  public var minConfidence: Float
  /// Number of labels of a task that count, best first; nil: all.
  public var top: Int?
  /// The labels that count; nil: all.
  public var labels: Set<String>?
  public var regions: Regions

  public init(
    tasks: Set<TaskKind>, minConfidence: Float, top: Int? = nil, labels: Set<String>? = nil, regions: Regions = .all
  ) {
    self.tasks = tasks
    self.minConfidence = minConfidence
    self.top = top
    self.labels = labels
    self.regions = regions
  }

  /// The tasks that have tags, those first that count unless others are named.
  public static let possible: [TaskKind] = TaskKind.allCases.filter(\.hasTags)

  /// Without nsfw: what others may read should not say it unless its owner wants it to.
  public static let usual = Set(possible).subtracting([.nsfw])

  /// The tags of a record that is ok.
  public func tags(of record: StoredRecord) -> WantedTags {
    var wanted = WantedTags()
    let isFirstPage = record.page ?? 1 == 1
    let orientation = record.orientation.flatMap(Orientation.init) ?? .upright
    if isFirstPage, let size = record.size {
      wanted.size = orientation.swapsAxes ? PixelSize(width: size.height, height: size.width) : size
    }
    for answer in record.answers where tasks.contains(answer.task) && answer.task.hasTags {
      wanted.tasks.insert(answer.task)
      switch answer.findings {
      case .labels(let labels):
        wanted.keywords += keywords(labels.map { ($0.label, $0.score) }, answer.task)
      case .segments(let segments):
        // Of one class: the foreground, which every picture has.
        wanted.keywords += keywords(segments.filter { $0.id != nil }.map { ($0.label, $0.score) }, answer.task)
      case .detections(let found) where answer.task == .text: wanted.description = text(found)
      case .detections(let found) where answer.task == .faces:
        let faces = found.filter { $0.score >= minConfidence }
        wanted.keywords += faces.compactMap { face in
          face.identity.flatMap { TagText.clean($0.name) }.map { WantedTags.Keyword(text: $0, task: .faces) }
        }.uniqued()
        guard isFirstPage, let size = record.size, size.width > 0, size.height > 0 else { continue }
        wanted.regions += faces.filter(isRegion).compactMap { face in
          FaceRegion(face.box, in: size, orientation, name: face.identity.flatMap { TagText.clean($0.name) })
        }
      case .detections(let found):
        wanted.keywords += keywords(found.compactMap { item in item.label.map { ($0, item.score) } }, answer.task)
      case .embedding, .measures, .codes, .upscaled: break
      }
    }
    return wanted
  }

  private func isRegion(_ face: Detection) -> Bool {
    switch regions {
    case .all: true
    case .named: face.identity != nil
    case .none: false
    }
  }

  private func keywords(_ found: [(label: String, score: Float)], _ task: TaskKind) -> [WantedTags.Keyword] {
    let counting = found.filter { $0.score >= minConfidence && labels?.contains($0.label) ?? true }
    let best = counting.sorted { $0.score > $1.score }.compactMap { TagText.clean($0.label) }.uniqued()
    return best.prefix(top ?? .max).map { WantedTags.Keyword(text: $0, task: task) }
  }

  private func text(_ found: [Detection]) -> String? {
    let lines = found.filter { $0.score >= minConfidence }.compactMap(\.text)
    return TagText.clean(lines.joined(separator: "\n"), keepingLines: true)
  }
}

extension TaskKind {
  /// Whether its findings become tags.
  fileprivate var hasTags: Bool {
    switch self {
    case .classify, .detect, .segment, .nsfw, .faces, .text: true
    case .rotation, .embed, .quality, .plates, .codes, .upscale: false
    }
  }
}
