import ArgumentParser
import ModelLibrary

extension ModelsCommand {
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the networks that imgrec knows.")
    @Flag(help: "Print one JSON array.") var json = false

    func run() throws {
      try ExitStatus.report {
        let store = try ModelStore.standard()
        print(json ? try ModelListing.json(store) : ModelListing.table(store))
        return .done
      }
    }
  }
}
