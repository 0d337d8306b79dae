import Foundation
import Platform
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
    let document = try CardDecoder.object(json, origin: origin)
    guard let entries = document["models"] as? [[String: Any]] else {
      throw SetupError("\(origin): models: a list of cards is expected")
    }
    var cards: [ModelCard] = []
    for (index, entry) in entries.enumerated() {
      let card = try CardDecoder.card(from: entry, origin: origin, prefix: "models[\(index)]")
      try CardValidator.check(card, origin: "\(origin): \(card.name)", pinned: true)
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
