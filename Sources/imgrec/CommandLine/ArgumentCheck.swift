import ModelLibrary
import Platform
import Recognition

/// Finds mistakes that the parser does not see, or of which it does not know what was meant: a missing or mistyped
/// command, an empty argument, a long option with a single dash.
struct ArgumentCheck {
  private let arguments: [String]
  /// Whether a path names a file or folder.
  private let exists: (String) -> Bool

  init(_ arguments: [String], exists: @escaping (String) -> Bool) {
    self.arguments = arguments
    self.exists = exists
  }

  /// Returns the mistake; nil if the parser finds the others.
  static func mistake(in arguments: [String]) -> UsageError? {
    ArgumentCheck(arguments) { FileIdentity(RawArguments().path($0)) != nil }.mistake
  }

  var mistake: UsageError? {
    // Three dashes begin a request of a shell's completion.
    guard let first = arguments.first, !first.hasPrefix("---"), !Self.rootOptions.contains(where: first.hasPrefix)
    else {
      return nil
    }
    return emptyArgument ?? commandMistake ?? singleDash
  }

  private static let rootOptions = ["--help", "--version", "--generate-completion-script", "--experimental-dump-help"]

  // MARK: Empty arguments

  /// An empty argument names nothing; most come from a variable of the shell that is not set.
  private var emptyArgument: UsageError? {
    for (index, argument) in arguments.enumerated() {
      let option = argument.hasPrefix("--") && argument.hasSuffix("=") ? String(argument.dropLast()) : nil
      guard argument.isEmpty || option?.contains("=") == false else { continue }
      let before: String? =
        index > 0 && arguments[index - 1].hasPrefix("-") && arguments[index - 1] != "--" ? arguments[index - 1] : nil
      let place = (option ?? before).map { "\($0): '' is empty" } ?? "an argument is empty ('')"
      return UsageError(place, "Name a value, or omit it; a variable of the shell may not be set")
    }
    return nil
  }

  // MARK: Commands

  private var commandMistake: UsageError? {
    let isHelp = arguments.first == "help"
    let words = isHelp ? Array(arguments.dropFirst()) : arguments
    let command = NamedCommand(words)
    guard !command.children.isEmpty, command.depth < words.count else { return nil }
    let word = words[command.depth]
    let isRoot = command.depth == 0 && !isHelp
    if word.hasPrefix("-") {
      // Options of a group are those of its default command.
      guard isRoot, !["-h", "-help"].contains(word) else { return nil }
      return optionBeforeCommand(word)
    }
    if word == "help", command.depth == 0 { return nil }
    let problem = "'\(word)' is not a command" + (command.depth > 0 ? " of \(command.name)" : "")
    let scan = "imgrec scan \(UsageError.shown(arguments))"
    if isRoot, exists(word) { return UsageError(problem, "Did you mean: \(scan)") }
    if let advice = suggestion(for: word, in: command) { return UsageError(problem, advice) }
    if isRoot, Self.looksLikePath(word) { return UsageError(problem, "Did you mean: \(scan)") }
    let all = "All commands: \(command.help)"
    return UsageError(problem, isRoot ? "\(all); to recognise images: imgrec scan PATH" : all)
  }

  /// A path without a command: it has a slash, an extension or a wildcard.
  static func looksLikePath(_ word: String) -> Bool {
    if word == "-" || word.contains(where: { "/*?[{".contains($0) }) { return true }
    guard let point = word.lastIndex(of: ".") else { return false }
    let ending = word[word.index(after: point)...]
    return point > word.startIndex && (2...5).contains(ending.count) && ending.allSatisfy { $0.isLetter || $0.isNumber }
  }

  /// The commands that `word` may mean in place of one of `command`.
  private func suggestion(for word: String, in command: NamedCommand) -> String? {
    let rest = Array(arguments.drop { $0 != word }.dropFirst())
    if word == "help" {
      let moved = arguments.prefix(command.depth) + rest
      return "Did you mean: \(UsageError.shown(["imgrec", "help"] + moved))"
    }
    if command.depth == 0 {
      if let task = TaskKind(rawValue: word), task != .upscale {
        return "Did you mean: \(UsageError.shown(["imgrec", "scan", "--task", word] + rest))"
      }
      if word == "version" { return "Did you mean: imgrec --version" }
    } else if command.name == "imgrec models", rest.isEmpty,
      ModelZoo.embedded.cards.contains(where: { $0.name == word })
    {
      return "Did you mean: imgrec models info \(word)"
    }
    let all = " All commands: \(command.help)"
    let close = Suggestions.question(word, among: command.childNames).map { $0 + all }
    if close != nil || command.depth > 0 { return close }
    // "list" of models, "enroll" of faces
    let nested = NamedCommand.all.map { $0.words }.filter { $0.count > 1 && $0.last == word }
    let names = nested.prefix(3).map { "imgrec " + $0.joined(separator: " ") }
    return names.isEmpty ? nil : Suggestions.question(names) + all
  }

  /// Options that stand where the command is expected.
  private func optionBeforeCommand(_ word: String) -> UsageError {
    let names = NamedCommand([]).childNames
    let name = String(word.prefix { $0 != "=" })
    let known = CommandHelp(ScanCommand.self)
    let command = known.words(arguments).first { $0.word == .positional && names.contains(arguments[$0.index]) }
    if let index = command?.index {
      var moved = arguments
      let command = moved.remove(at: index)
      return UsageError(
        "\(name) stands before the command", "Did you mean: \(UsageError.shown(["imgrec", command] + moved))")
    }
    if exists(word) {
      return UsageError(
        "\(word) is not a command", "Did you mean: \(UsageError.shown(["imgrec", "scan", "--"] + arguments))")
    }
    let isOfScan = if case .unknown = known.word(word) { false } else { true }
    if isOfScan, arguments.count > 1 || name == "-" {
      return UsageError("no command is named", "Did you mean: \(UsageError.shown(["imgrec", "scan"] + arguments))")
    }
    let question = Suggestions.question(name, among: ["--help", "--version"]).map { $0 + " " } ?? ""
    return UsageError("no command is named before \(name)", question + "All commands: imgrec --help")
  }

  // MARK: Single dashes

  /// `-model x`, which would be the option -m with the value "odel", and files such as `-old.jpg`, which would be -o.
  private var singleDash: UsageError? {
    let command = NamedCommand(arguments)
    for argument in arguments.dropFirst(command.depth).prefix(while: { $0 != "--" }) {
      guard argument.count > 2, argument.hasPrefix("-"), !argument.hasPrefix("--"), argument != "-help" else {
        continue
      }
      if exists(argument) { return .path(argument) }
      let name = String(argument.prefix { $0 != "=" })
      guard name.count > 3, CommandHelp(command.type).option("-\(name)") != nil else { continue }
      return UsageError("unknown option \(name)", "Did you mean -\(argument)?")
    }
    return nil
  }
}
