import Platform

/// Translates the parser's messages, which name the mistake but seldom what to type, into errors of two lines.
///
/// The parser's errors are not public, so that their texts are read; a text that is not known is printed as it is.
struct ParserMessage {
  private let message: String
  private let arguments: [String]
  private let command: NamedCommand
  private let help: CommandHelp
  private let exists: (String) -> Bool

  init(_ message: String, _ arguments: [String], exists: @escaping (String) -> Bool) {
    self.message = message
    self.arguments = arguments
    self.exists = exists
    command = NamedCommand(arguments)
    help = CommandHelp(command.type)
  }

  static func error(_ message: String, _ arguments: [String]) -> UsageError {
    ParserMessage(message, arguments) { FileIdentity(RawArguments().path($0)) != nil }.error
  }

  var error: UsageError {
    if let match = message.wholeMatch(of: /Unknown option '([^']*)'(?s:.*)/) { return unknown(String(match.1)) }
    if let match = message.wholeMatch(of: /Missing value for '([^ ']+)[^']*'(?s:.*)/) {
      return missingValue(String(match.1))
    }
    if let match = message.wholeMatch(of: /The value '((?s:.*))' is invalid for '([^']*)'((?s:.*))/) {
      return invalid(String(match.1), for: String(match.2), because: String(match.3))
    }
    if let match = message.wholeMatch(of: /Missing expected argument '([^']*)'/) {
      let synopsis = String(match.1)
      return UsageError("\(command.words) needs \(synopsis)", described(synopsis) ?? allOptions)
    }
    if let match = message.wholeMatch(
      of: /The option '([^']*)' does not take any value, but '((?s:.*))' was specified\./)
    {
      return UsageError("\(match.1) takes no value, but has '\(match.2)'", "Write \(match.1) alone")
    }
    if let match = message.wholeMatch(of: /(?:Unexpected argument|[0-9]+ unexpected arguments:) ('(?s:.*)')/) {
      return UsageError("unexpected argument: \(match.1)", allOptions)
    }
    // A command checks its options before the parser finds those that are left over.
    let words = help.words(Array(arguments.dropFirst(command.depth)))
    for case .unknown(let name) in words.map({ $0.word }) { return unknown(name) }
    return lines(message, else: allOptions)
  }

  private var allOptions: String { "All options: \(command.optionHelp)" }

  /// The first line of `text` without a full stop, and its second line or `advice`.
  private func lines(_ text: String, else advice: String) -> UsageError {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
    var problem = lines.first ?? "invalid arguments"
    if problem.hasSuffix("."), !problem.hasSuffix("..") { problem.removeLast() }
    return UsageError(problem, lines.count > 1 ? lines.dropFirst().joined(separator: " ") : advice)
  }

  /// "--top <n>: Number of classes to report." for "--top <n>" or "<paths> ...".
  private func described(_ synopsis: String) -> String? {
    let name = String(synopsis.prefix { $0 != " " })
    let option = help.option(name) ?? help.argument(String(name.drop { $0 == "<" }.prefix { $0 != ">" }))
    guard let option, let abstract = option.abstract else { return nil }
    return "\(option.names == nil ? name : "\(name) <\(option.valueName ?? "value")>"): \(abstract)"
  }

  // MARK: Options

  private static let recursion = "Folders are read with their folders; --max-depth 1 reads only their own files"

  /// Options that other programs have, and what does the same in `imgrec scan`.
  private static let known = [
    "--recursive": recursion, "--json": "Did you mean --format json?", "--csv": "Did you mean --format csv?",
    "--threshold": "Did you mean --min-confidence?", "--score": "Did you mean --min-confidence?",
    "--jobs": "Did you mean --instances or --decoders?",
    "--gpu": "Networks run on the processor; see imgrec engines list",
    "--device": "Networks run on the processor; see imgrec engines list",
  ]

  private func unknown(_ name: String) -> UsageError {
    // `-photo.jpg` is a name for which the parser found no option, or several short ones.
    let argument = arguments.first { $0 == name || $0.hasPrefix(name + "=") } ?? name
    let problem = "unknown option \(name)"
    if exists(argument) || !name.hasPrefix("--") && name.contains(where: { "./".contains($0) }) {
      return .path(argument)
    }
    guard name.hasPrefix("--") else {
      // Of `-abc`, one letter is no option.
      return UsageError(problem, name.lowercased() == "-r" ? Self.recursion : allOptions)
    }
    let bare = String(name.dropFirst(2))
    let close = Suggestions.close(to: bare, among: help.longNames.map { String($0.dropFirst(2)) })
    let isTypo = close.first.map { Suggestions.editDistance(Array(bare.utf8), Array($0.utf8)).whole == 1 } ?? false
    if !isTypo {
      if command.words == "scan", let advice = Self.known[name] { return UsageError(problem, advice) }
      let others = NamedCommand.all.filter { CommandHelp($0.type).longNames.contains(name) && name != "--help" }
      if !others.isEmpty {
        let names = others.prefix(3).map { "imgrec " + $0.words.joined(separator: " ") }.joined(separator: ", ")
        return UsageError("\(name) is not an option of \(command.name)", "It is an option of \(names)")
      }
    }
    let question = close.isEmpty ? "" : Suggestions.question(close.map { "--" + $0 }) + " "
    return UsageError(problem, question + allOptions)
  }

  private func missingValue(_ name: String) -> UsageError {
    let option = help.option(name)
    let names = option?.names?.map(\.text) ?? [name]
    let index = arguments.lastIndex { argument in
      names.contains(argument)
        || !argument.hasPrefix("--") && argument.count > 2 && argument.hasPrefix("-")
          && argument.hasSuffix(name.dropFirst())
    }
    let advice = described(name) ?? allOptions
    guard let index, index + 1 < arguments.count else { return UsageError("\(name) needs a value", advice) }
    let next = arguments[index + 1]
    if next.wholeMatch(of: /-[0-9.]+[a-zA-Z%]*/) != nil {
      return UsageError("\(name): '\(next)' is negative", advice)
    }
    let isOption = next == "--" || help.option(String(next.prefix { $0 != "=" })) != nil
    let long = option?.longName ?? name
    return UsageError(
      "\(name) needs a value, but \(next) follows",
      isOption ? advice : "If \(next) is the value: \(UsageError.shown(["\(long)=\(next)"]))")
  }

  // MARK: Values

  private func invalid(_ value: String, for synopsis: String, because reason: String) -> UsageError {
    let name = String(synopsis.prefix { $0 != " " })
    if reason.hasPrefix(": ") {
      let error = lines(String(reason.dropFirst(2)), else: described(synopsis) ?? allOptions)
      return UsageError("\(name): \(error.problem)", error.advice)
    }
    let values =
      (help.option(name) ?? help.argument(String(name.drop { $0 == "<" }.prefix { $0 != ">" })))?.values ?? []
    let problem = "\(name): '\(value)' is not one of its values"
    if let question = Suggestions.question(value, among: values) {
      return UsageError(problem, "\(question) All values: \(command.optionHelp)")
    }
    guard !values.isEmpty, values.count <= 12 else { return UsageError(problem, described(synopsis) ?? allOptions) }
    return UsageError(problem, "It takes \(values.joined(separator: ", "))")
  }
}
