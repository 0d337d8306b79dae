import Recognition

/// The objects of records with numbered classes, as annotation formats want them.
///
/// A class has the index of its name in `names`; names that are not there are appended.
struct LabelledObjects {
  private(set) var names: [String]

  mutating func classIndex(of name: String) -> Int {
    if let index = names.firstIndex(of: name) { return index }
    names.append(name)
    return names.count - 1
  }

  /// The objects of all tasks of a record, each with a name: its label, its person, or else the task.
  static func objects(in outcome: Outcome) -> [(name: String, object: FoundObject)] {
    outcome.answers.flatMap { answer in
      answer.findings.objects.map { ($0.name ?? answer.task.rawValue, $0) }
    }
  }
}
