import Recognition
import Records
import Statistics

/// Counts and distributions of records.
struct DriftFacts: Sendable {
  /// Images, each page one, and those of them that failed.
  private(set) var images = 0
  private(set) var failed = 0
  /// Images with answers, and those of them that were read with warnings.
  private(set) var read = 0
  private(set) var warned = 0
  /// `ok`, or the code of the failure.
  private(set) var results = LabelCounts()
  private(set) var formats = LabelCounts()
  /// Megapixels, and width / height.
  private(set) var megapixels = NumberSketch()
  private(set) var aspects = NumberSketch()
  private(set) var tasks: [TaskKind: TaskProfile] = [:]

  /// Adds a record whose result is `code`. `key` is a hash of the image's name.
  mutating func add(_ record: StoredRecord, code: String, key: UInt64) {
    images += 1
    if !record.isOK { failed += 1 }
    results.add([code])
    guard record.isRead else { return }
    read += 1
    if !record.warnings.isEmpty { warned += 1 }
    if let format = record.format { formats.add([format]) }
    if let size = record.size, size.width > 0, size.height > 0 {
      megapixels.add(Double(size.width) * Double(size.height) / 1e6)
      aspects.add(Double(size.width) / Double(size.height))
    }
    for answer in record.answers where answer.task != .upscale {
      let name = answer.task.rawValue
      tasks[answer.task, default: TaskProfile()].add(
        answer.findings, model: record.models[name], engine: record.engines[name], key: key)
    }
  }

  /// Takes back a failure with `code`.
  mutating func remove(failure code: String) {
    images -= 1
    failed -= 1
    results.remove(code)
  }
}

extension StoredRecord {
  /// Whether it has answers. A file beside the record that could not be written costs none of them.
  var isRead: Bool { isOK || !answers.isEmpty }
}
