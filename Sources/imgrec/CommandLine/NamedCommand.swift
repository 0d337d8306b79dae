import ArgumentParser

/// The command that arguments name.
struct NamedCommand {
  /// The command and those around it, the root first.
  private(set) var types: [any ParsableCommand.Type]
  /// Number of arguments that name it.
  private(set) var depth = 0

  init(_ arguments: [String], root: any ParsableCommand.Type = Imgrec.self) {
    types = [root]
    while depth < arguments.count, let next = child(arguments[depth]) {
      types.append(next)
      depth += 1
    }
  }

  /// The one that runs if only its group is named.
  private var defaultCommand: (any ParsableCommand.Type)? { types[types.count - 1].configuration.defaultSubcommand }

  /// The command itself, or the one that runs if only its group is named.
  var type: any ParsableCommand.Type { defaultCommand ?? types[types.count - 1] }

  /// Whether it runs, and is not a group of commands.
  var runs: Bool { children.isEmpty || defaultCommand != nil }

  /// Words of the command that runs, without the name of the program.
  var fullWords: [String] {
    (types.dropFirst() + (defaultCommand.map { [$0] } ?? [])).map { $0._commandName }
  }

  var children: [any ParsableCommand.Type] { types[types.count - 1].configuration.subcommands }

  var childNames: [String] { children.map { $0._commandName } }

  /// As it is typed: "imgrec models".
  var name: String { types.map { $0._commandName }.joined(separator: " ") }

  /// As it is typed, without the name of the program.
  var words: String { types.dropFirst().map { $0._commandName }.joined(separator: " ") }

  /// The command line that prints the options of `type`.
  var optionHelp: String { name + (defaultCommand.map { " " + $0._commandName } ?? "") + " --help" }

  /// The command line of its help.
  var help: String { name + " --help" }

  private func child(_ word: String) -> (any ParsableCommand.Type)? {
    children.first { $0._commandName == word || $0.configuration.aliases.contains(word) }
  }

  /// A command that runs, and its words after "imgrec".
  struct Leaf {
    var words: [String]
    var type: any ParsableCommand.Type
  }

  /// All commands that run.
  static var all: [Leaf] { leaves(of: Imgrec.self, []) }

  private static func leaves(of type: any ParsableCommand.Type, _ words: [String]) -> [Leaf] {
    let children = type.configuration.subcommands
    guard !children.isEmpty else { return [Leaf(words: words, type: type)] }
    return children.flatMap { leaves(of: $0, words + [$0._commandName]) }
  }
}
