import Platform

/// A value of an option that a configuration file or an environment variable gives.
struct Setting: Equatable {
  enum Value: Equatable {
    case text(String)
    case flag(Bool)
    case list([String])

    /// Whether a flag is set; variables are texts.
    var isOn: Bool? {
      switch self {
      case .flag(let isOn): isOn
      case .text(let text): ["true": true, "1": true, "false": false, "0": false][text]
      case .list: nil
      }
    }
  }

  /// Words of the command; empty: of every command that has the option.
  var command: [String]
  /// Long name without dashes, or the name of the arguments, such as "paths".
  var name: String
  var value: Value
  /// The file or the variable.
  var origin: String

  /// As it is written in a file: "[models.pull] force".
  var key: String { command.isEmpty ? name : "[\(command.joined(separator: "."))] \(name)" }
}

extension Setting {
  /// Options of which only one holds: a stronger source that names one replaces the others.
  private static let alternatives = [
    ["model", "task", "cascade", "card"], ["paths", "files-from"], ["quiet", "verbose"],
  ]

  /// The options that `name` replaces, itself among them.
  static func replaced(by name: String) -> [String] { alternatives.first { $0.contains(name) } ?? [name] }

  /// Options that a file cannot set, with the reason: they would act without being typed.
  static let typedOnly = [
    "force": "it replaces files", "help": "it prints the help", "version": "it prints the version",
    "config": "it names a file of settings", "no-config": "it stops the search for files",
    "profile": "it chooses a part of the file",
  ]
}
