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

    var names: [Name]?
    var valueName: String?
    var abstract: String?
    var shouldDisplay: Bool
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
  var longNames: [String] { options.filter(\.shouldDisplay).compactMap(\.longName) + ["--help"] }

  /// The option of that name, such as `--top` or `-m`.
  func option(_ name: String) -> Option? {
    options.first { $0.names?.contains { $0.text == name } == true }
  }

  /// The positional argument of that value name.
  func argument(_ valueName: String) -> Option? {
    options.first { $0.names == nil && $0.valueName == valueName }
  }
}
