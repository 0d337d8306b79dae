import Recognition
import Records

extension Outcome {
  /// The outcome that a record reports, for formats that have columns for it. The engine, timings, and files beside the
  /// record are left out, because no such format has them.
  public init(_ record: StoredRecord, index: Int) {
    let answers = record.answers.map { task, findings in
      Answer(task: task, model: record.models[task.rawValue] ?? "", findings: findings)
    }
    var failure: Failure?
    if !record.isOK {
      // A newer worker may know more codes.
      failure = Failure(
        record.failure.flatMap { Failure.Stage(rawValue: $0.stage) } ?? .read,
        record.failure.flatMap { Failure.Code(rawValue: $0.code) } ?? .ioError, record.failure?.message ?? "")
    }
    // With answers, the picture was recognised, and a file of it could not be written.
    let result: Result<[Answer], Failure> =
      if let failure, answers.isEmpty { .failure(failure) } else { .success(answers) }
    self.init(
      index: index, path: record.path, result: result,
      cache: record.cache.flatMap(CacheState.init(rawValue:)) ?? .off)
    fileFailure = answers.isEmpty ? nil : failure
    if let page = record.page { self.page = Page(page, of: max(page, record.pages ?? page)) }
    facts.bytes = record.bytes
    facts.size = record.size
    facts.pages = record.pages
    facts.exif = record.exif
    facts.orientation = record.orientation.flatMap { Orientation(rawValue: $0) }
    if let format = record.format.flatMap(ImageFormat.recorded) {
      (facts.format, facts.rawKind) = (format.format, format.rawKind)
    }
    warnings = record.warnings
    match = record.similar
  }
}
