import ArgumentParser
import ModelLibrary

extension ModelsCommand {
  struct Path: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the path of a network's file, for other tools.")
    @Argument(help: "A name from the list.") var name: String

    func run() throws {
      try ExitStatus.report {
        let store = try ModelStore.standard()
        Console.out(try store.networkPath(of: store.zoo.card(named: name)))
        return .done
      }
    }
  }
}
