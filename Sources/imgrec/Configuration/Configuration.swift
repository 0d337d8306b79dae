import ArgumentParser
import Foundation
import Platform

/// Settings of all sources.
struct Configuration {
  /// Those of each source, the weakest first: files, the profile in them, variables.
  private(set) var layers: [[Setting]] = []
  /// The files that were read, the strongest last.
  let files: [ConfigurationFile]

  /// Reads the files of `sources`, and the variables of `environment` that are named after a command and an option.
  init(
    _ sources: ConfigurationSources, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(SetupError) {
    let files = try sources.files()
    self.files = files
    layers = files.map(\.settings)
    if let profile = sources.profile {
      let found = files.compactMap { $0.profiles[profile] }
      guard !found.isEmpty else {
        throw .usage("no profile is named \(profile)", Self.profileAdvice(files, profile))
      }
      layers += found
    }
    layers.append(Self.variables(environment))
  }

  private static func profileAdvice(_ files: [ConfigurationFile], _ name: String) -> String {
    let names = Set(files.flatMap(\.profiles.keys)).sorted()
    if let question = Suggestions.question(name, among: names) { return question }
    guard names.isEmpty else { return "Profiles: \(names.joined(separator: ", "))" }
    let file = files.last.map { "\($0.path)" } ?? ConfigurationSources.fileName
    return "A profile is a part of \(file) that begins with [profile.\(name)]"
  }

  /// `IMGREC_SCAN_MIN_CONFIDENCE` is min-confidence of scan. A variable that names no command is another's.
  private static func variables(_ environment: [String: String]) -> [Setting] {
    let commands = NamedCommand.all.map { leaf -> (words: [String], prefix: String) in
      (leaf.words, "IMGREC_" + leaf.words.map { variable($0) }.joined(separator: "_") + "_")
    }
    return environment.filter { $0.key.hasPrefix("IMGREC_") && !$0.value.isEmpty }.sorted { $0.key < $1.key }
      .compactMap { name, value in
        guard let command = commands.first(where: { name.hasPrefix($0.prefix) && name.count > $0.prefix.count }) else {
          return nil
        }
        let option = name.dropFirst(command.prefix.count).lowercased().replacing("_", with: "-")
        return Setting(command: command.words, name: option, value: .text(value), origin: name)
      }
  }

  private static func variable(_ word: String) -> String { word.uppercased().replacing("-", with: "_") }
}

extension Configuration {
  /// Throws at a setting of any source, of profiles that are not used too, that no command has.
  func check() throws(SetupError) {
    var helps: [[String]: CommandHelp] = [:]
    let unused = files.flatMap { $0.profiles.values.joined() }
    for setting in layers.joined() + unused {
      let leaves = NamedCommand.all.filter { setting.command.isEmpty || setting.command == $0.words }
      for leaf in leaves where helps[leaf.words] == nil { helps[leaf.words] = CommandHelp(leaf.type) }
      guard let leaf = leaves.first(where: { helps[$0.words]?.setting(setting.name) != nil }) ?? leaves.first,
        let help = helps[leaf.words]
      else { continue }
      _ = try isOption(setting, of: help, leaf.words)
    }
  }

  /// The settings that hold for the command `words`, with those that were replaced left out. Throws at one that the
  /// command, or for all commands no command, has.
  func settings(of words: [String], _ type: any ParsableCommand.Type) throws(SetupError) -> [Setting] {
    let help = CommandHelp(type)
    var held: [Setting] = []
    // Those of one source do not replace each other: if they exclude each other, that is a mistake in it.
    for layer in layers {
      let own = layer.filter { $0.command.isEmpty || $0.command == words }
      var found: [Setting] = []
      for setting in own.sorted(by: { $0.command.count < $1.command.count }) {
        guard try isOption(setting, of: help, words) else { continue }
        found.removeAll { $0.name == setting.name }
        found.append(setting)
      }
      let replaced = Set(found.flatMap { Setting.replaced(by: $0.name) })
      held = held.filter { !replaced.contains($0.name) } + found
    }
    return held
  }

  /// Whether the command has the option; false if only others have it, and the setting is for all commands.
  private func isOption(_ setting: Setting, of help: CommandHelp, _ words: [String]) throws(SetupError) -> Bool {
    if let reason = Setting.typedOnly[setting.name] {
      throw .usage("\(setting.origin): \(setting.key) cannot be set", "Type --\(setting.name): \(reason)")
    }
    if setting.name == "on-exists", setting.value == .text("overwrite") {
      throw .usage(
        "\(setting.origin): \(setting.key) cannot be overwrite", "Type --on-exists overwrite: it replaces files")
    }
    if help.setting(setting.name) != nil { return true }
    let name = "imgrec \(words.joined(separator: " "))"
    if setting.command.isEmpty {
      if NamedCommand.all.contains(where: { CommandHelp($0.type).setting(setting.name) != nil }) { return false }
      let all = NamedCommand.all.flatMap { CommandHelp($0.type).settingNames }
      throw .usage(
        "\(setting.origin): no command has the option \(setting.name)",
        Suggestions.question(setting.name, among: Array(all.uniqued())) ?? "All options: \(name) --help")
    }
    throw .usage(
      "\(setting.origin): \(name) has no option \(setting.name)",
      Suggestions.question(setting.name, among: help.settingNames) ?? "All options: \(name) --help")
  }
}
