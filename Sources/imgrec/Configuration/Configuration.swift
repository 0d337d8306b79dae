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
    let named = environment.filter { $0.key.hasPrefix("IMGREC_") && !$0.value.isEmpty }.sorted { $0.key < $1.key }
    guard !named.isEmpty else { return [] }
    let commands = NamedCommand.all.map { leaf -> (words: [String], prefix: String) in
      (leaf.words, "IMGREC_" + leaf.words.map { variable($0) }.joined(separator: "_") + "_")
    }
    return named.compactMap { name, value in
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
  /// Throws at a setting that the command `words`, or for all commands no command, has.
  func check(for words: [String], _ help: CommandHelp) throws(SetupError) {
    try check(layers.joined().filter { $0.command.isEmpty || $0.command == words }, words, help)
  }

  /// The same for every command, and for profiles that are not used.
  func check() throws(SetupError) {
    let unused = files.flatMap { $0.profiles.values.joined() }
    let first = NamedCommand.all[0]
    try check(layers.joined() + unused, first.words, CommandHelp(first.type))
  }

  /// The settings that hold for the command `words`, with those that were replaced left out.
  func settings(of words: [String], _ help: CommandHelp) -> [Setting] {
    var held: [Setting] = []
    // Those of one source do not replace each other: if they exclude each other, that is a mistake in it.
    for layer in layers {
      let own = layer.filter { $0.command.isEmpty || $0.command == words }
      var found: [Setting] = []
      for setting in own.sorted(by: { $0.command.count < $1.command.count }) {
        guard help.setting(setting.name) != nil else { continue }
        found.removeAll { $0.name == setting.name }
        found.append(setting)
      }
      let replaced = Set(found.flatMap { Setting.replaced(by: $0.name) })
      held = held.filter { !replaced.contains($0.name) } + found
    }
    return held
  }

  /// `help` is that of the command `words`, which is asked first: that of another takes milliseconds.
  private func check(_ settings: [Setting], _ words: [String], _ help: CommandHelp) throws(SetupError) {
    var helps = [words: help]
    func options(of leaf: NamedCommand.Leaf) -> CommandHelp {
      if let help = helps[leaf.words] { return help }
      let help = CommandHelp(leaf.type)
      helps[leaf.words] = help
      return help
    }
    for setting in settings {
      try checkIsAllowed(setting)
      if setting.command.isEmpty {
        guard help.setting(setting.name) == nil else { continue }
        let all = NamedCommand.all
        guard !all.contains(where: { options(of: $0).setting(setting.name) != nil }) else { continue }
        throw .usage(
          "\(setting.origin): no command has the option \(setting.name)",
          Suggestions.question(setting.name, among: all.flatMap { options(of: $0).settingNames }.uniqued())
            ?? "All options: imgrec \(words.joined(separator: " ")) --help")
      }
      guard let leaf = NamedCommand.all.first(where: { $0.words == setting.command }) else { continue }
      guard options(of: leaf).setting(setting.name) == nil else { continue }
      let name = "imgrec \(leaf.words.joined(separator: " "))"
      throw .usage(
        "\(setting.origin): \(name) has no option \(setting.name)",
        Suggestions.question(setting.name, among: options(of: leaf).settingNames) ?? "All options: \(name) --help")
    }
  }

  private func checkIsAllowed(_ setting: Setting) throws(SetupError) {
    if let reason = Setting.typedOnly[setting.name] {
      throw .usage("\(setting.origin): \(setting.key) cannot be set", "Type --\(setting.name): \(reason)")
    }
    if setting.name == "on-exists", setting.value == .text("overwrite") {
      throw .usage(
        "\(setting.origin): \(setting.key) cannot be overwrite", "Type --on-exists overwrite: it replaces files")
    }
  }
}
