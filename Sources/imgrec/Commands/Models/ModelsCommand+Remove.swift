import ArgumentParser
import ModelLibrary

extension ModelsCommand {
  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Delete networks from the store.")
    @Argument(help: "Names from the list.") var names: [String]

    func run() throws {
      try ExitStatus.report {
        let store = try ModelStore.standard()
        for card in try names.map(store.zoo.card(named:)) {
          if try !store.remove(card) { Console.note("\"\(card.name)\" is not in the store") }
        }
        return .done
      }
    }
  }
}
