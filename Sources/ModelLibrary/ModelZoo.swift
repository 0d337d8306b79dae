import Foundation
import Platform
import Recognition

/// The models that imgrec knows by name.
public struct ModelZoo: Sendable {
  /// Cards in the order of the file.
  public let cards: [ModelCard]

  /// The zoo embedded in this program.
  public static let embedded: ModelZoo = {
    do { return try ModelZoo(checked: Data(EmbeddedFile.text("zoo.json").utf8)) } catch {
      preconditionFailure("\(error)")
    }
  }()

  /// Decodes without the checks of `init(json:origin:)`, which take a tenth of the start time; for JSON that tests
  /// check.
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

  /// Returns the card of that name. Throws a `SetupError` that suggests the closest names.
  public func card(named name: String) throws(SetupError) -> ModelCard {
    if let card = cards.first(where: { $0.name == name }) { return card }
    let question =
      Suggestions.question(name, among: cards.map(\.name)).map { $0 + " " }
      ?? (name.contains(",") ? "One name is expected. " : "")
    throw SetupError(
      "unknown model \"\(name)\"\n\(question)All models: imgrec models list; a network of your own is named by its file, "
        + "such as ./net.onnx")
  }

  public func cards(of task: TaskKind) -> [ModelCard] { cards.filter { $0.task == task } }
}
