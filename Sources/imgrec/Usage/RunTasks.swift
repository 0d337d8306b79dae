import Platform
import Recognition

/// The models that a command line asks for, by their cards: what its options are checked against before a network is
/// opened.
struct RunTasks {
  let cards: [ModelCard]
  private let options: ModelOptions
  /// Whether `--cascade` names the models; `--task` is of no use then.
  private let isCascade: Bool

  init(_ cards: [ModelCard], options: ModelOptions, isCascade: Bool = false) {
    self.cards = cards
    self.options = options
    self.isCascade = isCascade
  }

  /// "classify", or "faces, text".
  var names: String { cards.map(\.task.rawValue).joined(separator: ", ") }

  /// `option` does something only in runs with one of `tasks`; the first of them is suggested.
  func rule(_ option: String, _ isGiven: Bool, needs tasks: [TaskKind]) -> OptionRule {
    let known = tasks.map(\.rawValue)
    let need = known.count == 1 ? "the task \(known[0])" : "one of the tasks \(known.joined(separator: ", "))"
    return OptionRule(
      isGiven && !cards.contains { tasks.contains($0.task) }, "\(option) needs \(need); this run has \(names)",
      advice(adding: tasks[0], orLeaveOut: option))
  }

  /// `option` does something only in runs with a model that `isMet` accepts; `need` is what such a model has.
  func rule(
    _ option: String, _ isGiven: Bool, needsModelWith need: String, _ isMet: (ModelCard) -> Bool
  ) -> OptionRule {
    let models = cards.map(\.name).joined(separator: ", ")
    return OptionRule(
      isGiven && !cards.contains(where: isMet), "\(option) needs a model with \(need); \(models) has none",
      "Name another model, or leave \(option) out.")
  }

  /// How to add a task to the run, or do without the option.
  func advice(adding task: TaskKind, orLeaveOut option: String) -> String {
    guard !isCascade else { return "Leave \(option) out." }
    let isDefault = options.model.isEmpty && options.task.isEmpty
    let present = isDefault ? [] : cards.map(\.task)
    let all = (present + [task]).map(\.rawValue).joined(separator: ",")
    return "\(isDefault ? "Add" : "Use") --task \(all), or leave \(option) out."
  }

  /// The tasks whose findings are of one of `kinds`, the usual one first.
  static func tasks(with kinds: Set<FindingsKind>, first: TaskKind) -> [TaskKind] {
    [first] + TaskKind.scanned.filter { $0 != first && kinds.contains($0.findingsKind) }
  }
}

extension RunTasks {
  /// The rules of the options that select models and filter what they find.
  func filterRules() -> [OptionRule] {
    let scores: Set<FindingsKind> = [.labels, .detections, .segments]
    return [
      rule("--top", options.top != nil, needs: Self.tasks(with: [.labels], first: .classify)),
      rule("--min-confidence", options.minConfidence != nil, needs: Self.tasks(with: scores, first: .classify)),
      rule("--iou", options.iou != nil, needsModelWith: "non-maximum suppression") { $0.head.suppresses },
      rule("--all-orientations", options.allOrientations, needs: [.embed]),
      rule("--labels", !options.labels.isEmpty, needsModelWith: "labels") { $0.labels != nil },
    ]
  }
}
