import Recognition
import Records

/// The answer of a record without its scores, to compare runs: the best class, the objects of each label, names and texts.
struct AnswerText: Sendable, Equatable {
  /// Why there is no answer.
  var failure: String?
  /// Of each task that has labels, names or texts.
  var tasks: [TaskKind: String] = [:]

  init() {}

  init(_ record: StoredRecord) {
    failure = record.isOK ? nil : record.failure?.code ?? "error"
    for (task, findings) in record.answers {
      switch findings {
      case .labels(let labels): tasks[task] = labels.first?.label ?? "nothing"
      case .detections(let found):
        tasks[task] = Self.counted(found.map { $0.identity?.name ?? $0.label ?? $0.text ?? Self.noun(task) })
      case .segments(let found): tasks[task] = Self.counted(found.map(\.label))
      case .codes(let found): tasks[task] = Self.counted(found.map(\.text))
      case .embedding, .measures, .upscaled: break
      }
    }
  }

  /// Whether the answers of two runs differ, in the tasks that both ran.
  func differs(from other: AnswerText) -> Bool {
    if failure != other.failure { return true }
    return tasks.contains { task, text in other.tasks[task].map { $0 != text } ?? false }
  }

  /// The answer for people.
  var text: String {
    if let failure { return failure }
    let texts = TaskKind.allCases.compactMap { task in tasks[task].map { "\(task.rawValue): \($0)" } }
    return texts.isEmpty ? "no labels" : texts.joined(separator: "; ")
  }

  private static func noun(_ task: TaskKind) -> String { task == .faces ? "face" : task.rawValue }

  /// "2 car, person": the same for any order.
  private static func counted(_ names: [String]) -> String {
    guard !names.isEmpty else { return "nothing" }
    let counts = Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
    let text = counts.sorted { $0.key < $1.key }.map { $1 == 1 ? $0 : "\($1) \($0)" }.joined(separator: ", ")
    return text.count > 300 ? text.prefix(300) + "…" : text
  }
}
