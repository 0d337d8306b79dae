import Platform
import Recognition
import Records

/// Decides in which folders an image is filed.
public struct SortRule: Sendable {
  public var field: SortField
  /// Findings below it do not count.
  public var minConfidence: Float
  /// Number of labels that count, best first; nil: the best one of a classification, and all of objects.
  public var top: Int?

  public init(_ field: SortField, minConfidence: Float = 0, top: Int? = nil) {
    self.field = field
    self.minConfidence = minConfidence
    self.top = top
  }

  /// Folders of the image, each once, relative to the folder that is sorted into; empty if the record has no such field.
  public func folders(of record: StoredRecord) -> [RawPath] {
    let names: [String]
    switch field {
    case .labels(let task): names = labels(of: record, task)
    case .people: names = people(in: record)
    case .status: names = [record.failure?.code ?? (record.warnings.isEmpty ? "ok" : "warning")]
    case .format: names = record.format.map { [$0] } ?? []
    case .camera: names = record.exif?.camera.map { [$0] } ?? []
    case .taken(let form):
      // The slashes of the form are the user's.
      return (record.exif?.taken).flatMap(form.text).map { [FolderName.path($0)] } ?? []
    }
    return names.map(FolderName.component).uniqued()
  }

  private func labels(of record: StoredRecord, _ task: TaskKind?) -> [String] {
    record.answers.flatMap { answer -> [String] in
      if let task, answer.task != task { return [] }
      switch answer.findings {
      case .labels(let labels):
        return labels.filter { $0.score >= minConfidence }.prefix(top ?? 1).map(\.label)
      case .detections(let detections):
        // A name of a person or a text is no label.
        return best(detections.compactMap { found in found.label.map { ($0, found.score) } })
      case .segments(let segments): return best(segments.map { ($0.label, $0.score) })
      case .embedding, .measures, .codes, .upscaled: return []
      }
    }
  }

  private func people(in record: StoredRecord) -> [String] {
    guard case .detections(let faces) = record.findings(.faces) else { return [] }
    return best(faces.compactMap { face in face.identity.map { ($0.name, face.score) } })
  }

  /// The labels of the best findings, each once.
  private func best(_ found: [(label: String, score: Float)]) -> [String] {
    let sorted = found.filter { $0.score >= minConfidence }.sorted { $0.score > $1.score }
    return Array(sorted.map(\.label).uniqued().prefix(top ?? .max))
  }
}
