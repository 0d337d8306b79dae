import Platform
import Recognition

/// Two runs side by side.
struct Comparison: Sendable {
  struct Row: Sendable {
    var label: LabelOfTask
    var before: LabelScores
    var now: LabelScores
  }

  var same = 0
  var changed = 0
  var new = 0
  var gone: [(path: RawPath, page: Int?)] = []
  /// Labels of either run, those whose number of findings changed most first.
  var rows: [Row] = []

  init?(_ data: ReportData) {
    guard let baseline = data.baseline else { return nil }
    var now: [LabelOfTask: LabelScores] = [:]
    for image in data.images {
      switch data.change(of: image) {
      case .same?: same += 1
      case .changed?: changed += 1
      case .new?: new += 1
      case nil: break
      }
      for findings in image.findings {
        for row in findings.counted {
          now[data.labels.values[Int(row.label)], default: LabelScores()].add(row.score)
        }
      }
    }
    gone = baseline.gone(from: Set(data.numbers.keys))
    rows = Set(now.keys).union(baseline.scores.keys).map { label in
      Row(label: label, before: baseline.scores[label] ?? LabelScores(), now: now[label] ?? LabelScores())
    }
    rows.sort {
      let (a, b) = (abs($0.now.findings - $0.before.findings), abs($1.now.findings - $1.before.findings))
      return (b, $0.label.task.rawValue, $0.label.label ?? "") < (a, $1.label.task.rawValue, $1.label.label ?? "")
    }
  }
}
