import ArgumentParser
import Platform

/// The arguments of the command line with those of the settings: each option that is not typed.
struct ConfiguredArguments {
  private(set) var arguments: [String]
  /// The settings that became arguments.
  private(set) var used: [Setting] = []

  /// Adds the settings of `sources` to the arguments `typed`.
  init(_ typed: [String], _ sources: ConfigurationSources) throws(SetupError) {
    arguments = typed
    let configuration = try Configuration(sources)
    guard configuration.layers.contains(where: { !$0.isEmpty }) else { return }
    let command = NamedCommand(typed)
    guard command.runs, command.depth > 0, typed.first != "help", !typed.contains(where: Self.asksForHelp.contains)
    else { return }
    let words = command.fullWords
    let help = CommandHelp(command.type)
    let rest = Array(typed.dropFirst(command.depth))
    let present = Set(help.names(in: rest).flatMap(Setting.replaced))
    var options: [String] = []
    var positional: [String] = []
    try configuration.check(for: words, help)
    for setting in configuration.settings(of: words, help) where !present.contains(setting.name) {
      guard let option = help.setting(setting.name) else { continue }
      let added = try Self.arguments(setting, option)
      guard !added.isEmpty else { continue }
      if option.names == nil { positional += added } else { options += added }
      used.append(setting)
    }
    arguments = Array(typed.prefix(command.depth)) + options + rest
    // Nothing is positional on the command line, so that "--" is all that it may have.
    if !positional.isEmpty { arguments = arguments.filter { $0 != "--" } + ["--"] + positional }
  }

  private static let asksForHelp: Set = ["-h", "--help", "--help-hidden", "--version"]

  /// What is typed for a setting.
  private static func arguments(_ setting: Setting, _ option: CommandHelp.Option) throws(SetupError) -> [String] {
    func mistake(_ problem: String, _ advice: String) -> SetupError {
      .usage("\(setting.origin): \(setting.key) \(problem)", advice)
    }
    if option.kind == "flag" {
      guard let isOn = setting.value.isOn else {
        throw mistake("takes no value", "Write \(setting.name) = true, or false")
      }
      return isOn ? ["--\(setting.name)"] : []
    }
    let values: [String]
    switch setting.value {
    // The parser prints which values the option has.
    case .flag(let isOn): values = ["\(isOn)"]
    case .text(let text): values = [text]
    case .list(let list): values = option.isRepeating == true ? list : [list.joined(separator: ",")]
    }
    guard !values.contains(where: \.isEmpty), !values.isEmpty else {
      throw mistake("is empty", "Give it a value, or remove the line")
    }
    return option.names == nil ? values : values.map { "--\(setting.name)=\($0)" }
  }
}

extension CommandHelp {
  /// The option of a long name without dashes, or the arguments of that name.
  func setting(_ name: String) -> Option? { option("--\(name)") ?? argument(name) }

  /// Names that a file of settings may have.
  var settingNames: [String] {
    options.filter(\.shouldDisplay).compactMap {
      $0.names == nil ? $0.valueName : $0.longName?.dropFirst(2).description
    }
  }

  /// Names of the options among `arguments`, as settings name them.
  func names(in arguments: [String]) -> [String] {
    var names: [String] = []
    let words = words(arguments)
    for (index, word) in words {
      switch word {
      case .positional: names += options.filter { $0.names == nil }.compactMap(\.valueName)
      case .unknown: break
      case .option:
        let name = String(arguments[index].prefix { $0 != "=" })
        let letters = name.hasPrefix("--") || option(name) != nil ? [name] : name.dropFirst().map { "-\($0)" }
        names += letters.compactMap { option($0)?.longName?.dropFirst(2).description }
      }
    }
    if let end = arguments.firstIndex(of: "--"), end + 1 < arguments.count {
      names += options.filter { $0.names == nil }.compactMap(\.valueName)
    }
    return names
  }
}
