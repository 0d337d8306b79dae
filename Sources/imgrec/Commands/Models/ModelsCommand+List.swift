import ArgumentParser
import ModelLibrary

extension ModelsCommand {
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the networks that imgrec knows.")
    @Flag(help: "Print one JSON array.") var json = false

    func run() throws {
      try ExitStatus.report {
        let store = try ModelStore.standard()
        if json { Console.json(try ModelListing.json(store)) } else { Console.out(ModelListing.table(store)) }
        return .done
      }
    }
  }
}
