import ArgumentParser
import Foundation

/// The options of a command, from the parser's own description; made for errors only, because it takes milliseconds.
struct CommandHelp {
  struct Option: Decodable {
    struct Name: Decodable {
      var kind: String
      var name: String

      var text: String { (kind == "long" ? "--" : "-") + name }
    }
    struct Completion: Decodable {
      struct List: Decodable { var values: [String] }
      var list: List?
    }

    var kind: String
    var names: [Name]?
    var valueName: String?
    var abstract: String?
    var shouldDisplay: Bool
    var isRepeating: Bool?
    var allValues: [String]?
    var completionKind: Completion?

    /// Values of an option that takes one of a list.
    var values: [String] { allValues ?? completionKind?.list?.values ?? [] }

    var longName: String? { names?.first { $0.kind == "long" }?.text }
  }

  let options: [Option]

  init(_ command: any ParsableCommand.Type) {
    struct Tool: Decodable {
      struct Command: Decodable { var arguments: [Option]? }
      var command: Command
    }
    let tool = try? JSONDecoder().decode(Tool.self, from: Data(command._dumpHelp().utf8))
    options = tool?.command.arguments ?? []
  }

  /// Long names of the options that the help lists.
  var longNames: [String] { options.filter(\.shouldDisplay).compactMap(\.longName) }

  /// The option of that name, such as `--top` or `-m`.
  func option(_ name: String) -> Option? {
    options.first { $0.names?.contains { $0.text == name } == true }
  }

  /// An argument on the command line.
  enum Word: Equatable {
    /// A known option; its value is the next argument if `takesNext`.
    case option(takesNext: Bool)
    /// An unknown option, or an unknown letter among several.
    case unknown(String)
    case positional
  }

  /// What `argument` is, as the parser reads it.
  func word(_ argument: String) -> Word {
    guard argument.hasPrefix("-"), argument != "-" else { return .positional }
    let name = String(argument.prefix { $0 != "=" })
    let hasValue = name.count < argument.count
    if let option = option(name) { return .option(takesNext: option.kind == "option" && !hasValue) }
    guard !argument.hasPrefix("--") else { return .unknown(name) }
    let letters = Array(argument.dropFirst())
    for (index, letter) in letters.enumerated() {
      guard let option = option("-\(letter)") else { return .unknown(index > 0 ? "-\(letter)" : name) }
      if option.kind == "option" { return .option(takesNext: index == letters.count - 1) }
    }
    return .option(takesNext: false)
  }

  /// Each of `arguments` that is no value of the one before, up to `--`.
  func words(_ arguments: [String]) -> [(index: Int, word: Word)] {
    var words: [(index: Int, word: Word)] = []
    var isValue = false
    for (index, argument) in arguments.enumerated() {
      if argument == "--" { break }
      if !isValue { words.append((index, word(argument))) }
      isValue = !isValue && words.last?.word == .option(takesNext: true)
    }
    return words
  }

  /// The positional argument of that value name.
  func argument(_ valueName: String) -> Option? {
    options.first { $0.names == nil && $0.valueName == valueName }
  }
}
