import ArgumentParser
import ModelLibrary

extension ModelsCommand {
  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print all that is known about a network.")
    @Argument(help: "A name from the list, or the file of your own network or card.") var name: String
    @Flag(help: "Print the card as JSON.") var json = false

    func run() throws {
      try ExitStatus.report {
        let store = try ModelStore.standard()
        let card = try store.card(name)
        let known = store.zoo.cards.contains { $0.name == name }
        if json {
          Console.json(try ModelListing.json(card))
        } else {
          Console.out(ModelListing.text(card, store: known ? store : nil))
        }
        return .done
      }
    }
  }
}
