import Recognition

/// The objects of records with numbered classes, as annotation formats want them.
///
/// An object's number is that of its class in its task's model, so that files match those that the model was trained
/// on, also where two classes have one name. The classes of a run's further tasks follow those of the first, except
/// names that are there already. Names that no model has are appended.
struct LabelledObjects {
  /// Number of classes of a model without labels that are listed.
  private static let maxUnnamed = 10_000

  private(set) var names: [String]
  /// Index of each task's first class in `names`.
  private var first: [TaskKind: Int] = [:]
  /// Task of the last model if that has no labels: its classes are named by their numbers, as far as they occur.
  private let unnamed: TaskKind?

  /// An object and its class.
  struct Numbered {
    var number: Int
    var object: FoundObject
  }

  init(_ models: [ModelLabels]) {
    names = []
    unnamed = models.last.flatMap { $0.names.isEmpty ? $0.task : nil }
    for model in models {
      first[model.task] = names.count
      names += model.names
    }
  }

  /// The objects of all tasks of a record.
  mutating func numbered(in outcome: Outcome) -> [Numbered] {
    outcome.answers.flatMap { answer in
      answer.findings.objects.map { object in
        Numbered(number: classIndex(of: object, task: answer.task), object: object)
      }
    }
  }

  private mutating func classIndex(of object: FoundObject, task: TaskKind) -> Int {
    let name = Self.name(of: object, task: task)
    if task == unnamed, let id = object.id, let first = first[task], id < Self.maxUnnamed {
      while names.count <= first + id { names.append("\(names.count - first)") }
    }
    // A class of another model than the first of its task has a number of its own there.
    if let id = object.id, let first = first[task], names.indices.contains(first + id), names[first + id] == name {
      return names[..<first].firstIndex(of: name) ?? first + id
    }
    if let index = names.firstIndex(of: name) { return index }
    names.append(name)
    return names.count - 1
  }

  /// The objects of all tasks of a record with their names.
  static func named(in outcome: Outcome) -> [(name: String, object: FoundObject)] {
    outcome.answers.flatMap { answer in
      answer.findings.objects.map { (name(of: $0, task: answer.task), $0) }
    }
  }

  /// Its label, its person, or else the task.
  private static func name(of object: FoundObject, task: TaskKind) -> String { object.name ?? task.rawValue }
}

/// The labels of a task's model, in the order of its classes.
public struct ModelLabels: Sendable {
  public var task: TaskKind
  public var names: [String]

  public init(task: TaskKind, names: [String]) {
    self.task = task
    self.names = names
  }
}
