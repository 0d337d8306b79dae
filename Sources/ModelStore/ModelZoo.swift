import Foundation
import Recognition

/// The models that imgrec knows by name.
public struct ModelZoo: Sendable {
  /// In the order of the file.
  public let cards: [ModelCard]

  /// The zoo inside this program.
  public static let embedded: ModelZoo = {
    do { return try ModelZoo(checked: Data(PackageResources.zoo_json)) } catch {
      preconditionFailure("\(error)")
    }
  }()

  /// Reads what `init(json:origin:)` would, without its checks, which cost a tenth of a start: for what tests have checked.
  init(checked json: Data) throws {
    struct Document: Decodable { var models: [ModelCard] }
    cards = try JSONDecoder().decode(Document.self, from: json).models
  }

  /// Reads `{"models": [card…]}`; `origin` names it in errors.
  public init(json: Data, origin: String) throws(SetupError) {
    let document = try CardReader.object(json, origin: origin)
    guard let entries = document["models"] as? [[String: Any]] else {
      throw SetupError("\(origin): models: a list of cards is expected")
    }
    var cards: [ModelCard] = []
    for (index, entry) in entries.enumerated() {
      let card = try CardReader.card(from: entry, origin: origin, prefix: "models[\(index)]")
      try CardRules.check(card, origin: "\(origin): \(card.name)", pinned: true)
      guard !cards.contains(where: { $0.name == card.name }) else {
        throw SetupError("\(origin): two models are named \"\(card.name)\"")
      }
      cards.append(card)
    }
    self.cards = cards
  }

  /// The card of that name. Throws an error that lists the names, the closest first.
  public func card(named name: String) throws(SetupError) -> ModelCard {
    if let card = cards.first(where: { $0.name == name }) { return card }
    var text = "there is no model \"\(name)\""
    let close = Suggestions.close(to: name, among: cards.map(\.name))
    if !close.isEmpty { text += "; did you mean \(close.map { "\"\($0)\"" }.joined(separator: " or "))?" }
    text += "\nKnown: \(cards.map(\.name).joined(separator: ", ")). A network of your own goes by its file: ./net.onnx"
    throw SetupError(text)
  }

  public func cards(of task: TaskKind) -> [ModelCard] { cards.filter { $0.task == task } }
}

/// Names that a typing error may have been meant to be.
enum Suggestions {
  /// At most three, the closest first.
  static func close(to name: String, among candidates: [String]) -> [String] {
    let wanted = Array(name.lowercased().utf8)
    let limit = max(2, wanted.count / 3)
    let ranked = candidates.compactMap { candidate -> (name: String, distance: Int)? in
      let known = Array(candidate.utf8)
      // Half a name is a common way to ask: "mobilenet" for "mobilenet_v2".
      if wanted.count >= 3, candidate.contains(name.lowercased()) { return (candidate, 0) }
      let (whole, beginning) = editDistance(wanted, known)
      if whole <= limit { return (candidate, whole) }
      return beginning <= wanted.count / 4 ? (candidate, beginning + 1) : nil
    }
    return ranked.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
  }

  /// Levenshtein's distance from `a` to `b`, and to the nearest beginning of `b`.
  static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> (whole: Int, beginning: Int) {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let cost = min(diagonal + (x == y ? 0 : 1), row[j] + 1, row[j + 1] + 1)
        diagonal = row[j + 1]
        row[j + 1] = cost
      }
    }
    return (row[b.count], row.min() ?? 0)
  }
}
