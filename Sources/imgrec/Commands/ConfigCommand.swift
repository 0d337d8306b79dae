import ArgumentParser
import Platform

/// `imgrec config`: the settings that hold, and where they come from.
struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Print what imgrec.toml and variables set.",
    usage: "imgrec config [<options>] [<command> ...]",
    discussion: """
      Options that are typed are the strongest; then come variables such as IMGREC_SCAN_MIN_CONFIDENCE, imgrec.toml in the \
      current folder, and imgrec.toml in the folder of settings (~/.config/imgrec). --config FILE, or IMGREC_CONFIG, \
      replaces both files. In a file the options of one command are below its name, those of all commands at the beginning:

        engine = "openvino"
        [scan]
        min-confidence = 0.4
        glob = ["*.jpg", "*.heic"]
        [profile.factory.scan]
        model = "yolox_nano"

      Examples:
        imgrec config
        imgrec config scan --profile factory

      Exit status: 0 done, 2 a file cannot be read, 64 a setting is wrong.
      """)

  @Argument(help: .init("Command whose settings to print (default: all).", valueName: "command"))
  var command: [String] = []

  @OptionGroup(title: "Settings") var options: ConfigurationOptions

  func run() throws {
    try ExitStatus.report {
      try show(ConfigurationSources(profile: options.profile, file: options.config, isOff: options.noConfig))
    }
  }

  private func show(_ sources: ConfigurationSources) throws(SetupError) -> ExitStatus {
    let configuration = try Configuration(sources)
    try configuration.check()
    let named = NamedCommand(command)
    guard named.depth == command.count, command.isEmpty || named.runs || !named.children.isEmpty else {
      throw .usage(
        "'\(command.joined(separator: " "))' is not a command",
        Suggestions.question(command.last ?? "", among: named.childNames) ?? "All commands: imgrec --help")
    }
    let leaves = NamedCommand.all.filter { leaf in
      command.isEmpty || leaf.words == named.fullWords || leaf.words.starts(with: command)
    }
    var isFirst = true
    for leaf in leaves {
      let held = configuration.settings(of: leaf.words, CommandHelp(leaf.type))
      guard !held.isEmpty else { continue }
      if !isFirst { Console.out("") }
      isFirst = false
      Console.out("[\(leaf.words.joined(separator: "."))]")
      for setting in held.sorted(by: { $0.name < $1.name }) {
        Console.out("\(setting.name) = \(setting.value.text)  # \(setting.origin)")
      }
    }
    if isFirst { Console.note("no settings; searched: \(searched(sources))") }
    return .done
  }

  private func searched(_ sources: ConfigurationSources) -> String {
    if sources.isOff { return "variables" }
    let paths = sources.file.map { [$0] } ?? ConfigurationSources.searched
    return (paths.map(\.description) + ["variables"]).joined(separator: ", ")
  }
}

extension Setting.Value {
  /// As TOML, without the passwords of URLs.
  fileprivate var text: String {
    switch self {
    case .flag(let isOn): "\(isOn)"
    case .text(let text): Self.quoted(text)
    case .list(let list): "[\(list.map(Self.quoted).joined(separator: ", "))]"
    }
  }

  private static func quoted(_ text: String) -> String {
    if Double(text) != nil, text.allSatisfy({ "0123456789.-+eE".contains($0) }) { return text }
    var quoted = "\""
    for scalar in UsageError.withoutPasswords(text).unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        let hexadecimal = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
