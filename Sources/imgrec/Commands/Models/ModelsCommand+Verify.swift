import ArgumentParser
import ModelLibrary

extension ModelsCommand {
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Verify the SHA-256 of the installed networks.",
      discussion:
        "Without names, verify all that are installed. The exit code is 1 if a file is missing or does not match.")
    @Argument(help: "Names from the list.") var names: [String] = []

    func run() throws {
      try ExitStatus.report {
        let store = try ModelStore.standard()
        let cards = try names.isEmpty ? store.present : names.map(store.zoo.card(named:))
        var status = ExitStatus.done
        for card in cards {
          let problems = store.problems(of: card)
          Console.out("\(card.name): \(problems.isEmpty ? "ok" : problems.joined(separator: "; "))")
          if !problems.isEmpty { status = .partialFailure }
        }
        return status
      }
    }
  }
}
