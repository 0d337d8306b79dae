import Platform
import Recognition
import Records

/// The answer of a record without its scores, to compare runs: the best class, the objects of each label, names and texts.
struct AnswerText: Sendable, Equatable {
  /// Why there is no answer.
  var failure: String?
  /// Of each task that has labels, names or texts.
  var tasks: [TaskKind: Answer] = [:]

  /// The answer of one task.
  struct Answer: Sendable, Equatable {
    /// Cut, if it is long.
    var text: String
    /// Of the whole text.
    private var digest: UInt64

    private static let longest = 300

    init(_ text: String) {
      self.text = text.count > Self.longest ? text.prefix(Self.longest) + "…" : text
      digest = fnv1a(Array(text.utf8))
    }
  }

  init() {}

  init(_ record: StoredRecord) {
    failure = record.isOK ? nil : record.failure?.code ?? "error"
    for (task, findings) in record.answers {
      switch findings {
      case .labels(let labels): tasks[task] = Answer(labels.first?.label ?? "nothing")
      case .detections(let found): tasks[task] = Answer(Self.text(of: found, task))
      case .segments(let found): tasks[task] = Answer(Self.counted(found.map(\.label)))
      case .codes(let found): tasks[task] = Answer(Self.counted(found.map(\.text)))
      case .embedding, .measures, .upscaled: break
      }
    }
  }

  /// Whether the answers of two runs differ, in the tasks that both ran.
  func differs(from other: AnswerText) -> Bool {
    if failure != other.failure { return true }
    return tasks.contains { task, answer in other.tasks[task].map { $0 != answer } ?? false }
  }

  /// The answer for people.
  var text: String {
    if let failure { return failure }
    let texts = TaskKind.allCases.compactMap { task in tasks[task].map { "\(task.rawValue): \($0.text)" } }
    return texts.isEmpty ? "no labels" : texts.joined(separator: "; ")
  }

  /// Names, labels or texts; the number of those that have none.
  private static func text(of found: [Detection], _ task: TaskKind) -> String {
    let names = found.compactMap { $0.identity?.name ?? $0.label ?? $0.text }
    let others = found.count - names.count
    guard others > 0 else { return counted(names) }
    return (names.isEmpty ? "" : counted(names) + ", ") + "\(others) unnamed"
  }

  /// "2 car, person": the same for any order.
  private static func counted(_ names: [String]) -> String {
    guard !names.isEmpty else { return "nothing" }
    let counts = Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
    return counts.sorted { $0.key < $1.key }.map { $1 == 1 ? $0 : "\($1) \($0)" }.joined(separator: ", ")
  }
}
