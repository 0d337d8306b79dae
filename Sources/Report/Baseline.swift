import Platform
import Recognition
import Records

/// An earlier run, to which a report compares its own.
public struct Baseline: Sendable {
  private(set) var answers: [UInt64: AnswerText] = [:]
  private var paths: [(path: RawPath, page: Int?)] = []
  private(set) var scores: [LabelOfTask: LabelScores] = [:]

  public init() {}

  public var count: Int { answers.count }

  /// Adds a record; the last one of an image counts.
  public mutating func add(_ record: StoredRecord) {
    let page = record.page.flatMap { $0 > 0 ? $0 : nil }
    let key = ReportImage.key(record.path, page: page)
    if answers.updateValue(AnswerText(record), forKey: key) == nil { paths.append((record.path, page)) }
    var labels = Interner<LabelOfTask>()
    for (task, findings) in record.answers {
      let rows = FindingRows(task, findings, &labels)
      for row in rows.counted { scores[labels.values[Int(row.label)], default: LabelScores()].add(row.score) }
    }
  }

  /// The images that are not among `images`, in their order.
  func gone(from images: Set<UInt64>) -> [(path: RawPath, page: Int?)] {
    paths.filter { !images.contains(ReportImage.key($0.path, page: $0.page)) }
  }
}

/// Findings of one label.
struct LabelScores: Sendable, Equatable {
  var findings = 0
  /// Sum of scores, in thousandths.
  var sum = 0

  mutating func add(_ score: Int16) {
    findings += 1
    sum += Int(score)
  }

  /// 0 to 1; 0 without findings.
  var mean: Double { findings == 0 ? 0 : Double(sum) / Double(findings) / 1000 }
}
