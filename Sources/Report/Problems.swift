/// Failures or warnings of one kind.
struct ProblemKind: Sendable, Equatable {
  var name: String
  var count: Int
  /// A message, and the number of an image that has it.
  var example: String
  var image: Int
}

extension ReportData {
  /// Failures by code, the most frequent first.
  func failureKinds() -> [ProblemKind] {
    kinds { image in image.failure.map { [($0.code, $0.message.isEmpty ? $0.stage : $0.message)] } ?? [] }
  }

  /// Warnings, the most frequent first: those that differ in their numbers only are of one kind.
  func warningKinds() -> [ProblemKind] {
    kinds { image in image.warnings.map { (Self.withoutNumbers($0), $0) } }
  }

  private func kinds(_ problems: (ReportImage) -> [(kind: String, text: String)]) -> [ProblemKind] {
    var kinds = Interner<String>()
    var found: [ProblemKind] = []
    for (number, image) in images.enumerated() {
      for (kind, text) in problems(image) {
        let index = kinds.number(of: kind)
        if index == found.count {
          found.append(ProblemKind(name: kind, count: 0, example: text, image: number))
        }
        found[index].count += 1
      }
    }
    return found.sorted { ($1.count, $0.name) < ($0.count, $1.name) }
  }

  /// "tiff: 3 pages" is "tiff: N pages".
  static func withoutNumbers(_ text: String) -> String {
    var kind = ""
    for character in text {
      if character.isASCII, character.isNumber {
        if kind.last != "N" { kind.append("N") }
      } else {
        kind.append(character)
      }
    }
    return kind
  }
}
