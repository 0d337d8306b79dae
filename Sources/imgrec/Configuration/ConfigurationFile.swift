import Platform
import Settings

/// The settings of one file.
struct ConfigurationFile {
  let path: RawPath
  /// Outside of profiles.
  private(set) var settings: [Setting] = []
  /// By the name of the profile.
  private(set) var profiles: [String: [Setting]] = [:]

  /// Bytes of the largest file.
  private static let maxBytes = 1 << 20

  /// Reads a file; throws if it is no TOML, or has a table that is no command.
  init(_ path: RawPath) throws(SetupError) {
    self.path = path
    guard let size = FileSystem.size("\(path)") else {
      throw SetupError("\(path): \(systemMessage())")
    }
    guard size <= Self.maxBytes else {
      throw SetupError("\(path) has \(size) bytes; a file of settings has at most \(Self.maxBytes)")
    }
    guard let text = String(validating: try FileSystem.contents("\(path)"), as: UTF8.self) else {
      throw SetupError("\(path): it is not UTF-8\n\(Self.advice)")
    }
    let tree: SettingsTree
    do throws(SettingsTree.Problem) { tree = try SettingsTree(toml: text) } catch {
      throw SetupError("\(path), line \(error.line): \(error.text)\n\(Self.advice)")
    }
    try read(tree)
  }

  private static let advice =
    "Settings are TOML: names and values of options, such as min-confidence = 0.4 below [scan]."

  private mutating func read(_ tree: SettingsTree) throws(SetupError) {
    guard case .table(let table) = tree else { return }
    for (key, value) in table where key != "profile" { settings += try settings(key, value, []) }
    guard let profile = table.first(where: { $0.key == "profile" }) else { return }
    guard case .table(let named) = profile.value else {
      throw mistake("profile", "is no table", "A profile begins with [profile.NAME]")
    }
    for (name, value) in named {
      guard case .table(let table) = value else {
        throw mistake("profile.\(name)", "is no table", "A profile begins with [profile.\(name)]")
      }
      var settings: [Setting] = []
      for (key, value) in table { settings += try self.settings(key, value, []) }
      for index in settings.indices { settings[index].origin += " [profile.\(name)]" }
      profiles[name] = settings
    }
  }

  /// A setting, or those of the table of the command `words` and `key`.
  private func settings(_ key: String, _ value: SettingsTree, _ words: [String]) throws(SetupError) -> [Setting] {
    let found: Setting.Value
    switch value {
    case .flag(let isOn): found = .flag(isOn)
    case .text(let text): found = .text(text)
    case .list(let list): found = .list(list)
    case .unusable: throw mistake(key, "has a value that no option takes", "It takes text, numbers, true and false.")
    case .table(let table):
      let command = NamedCommand(words + [key])
      guard command.depth == words.count + 1 else {
        let question = Suggestions.question(key, among: command.childNames)
        let name = (words + [key]).joined(separator: ".")
        throw mistake("[\(name)]", "is no command", question ?? "All commands: imgrec --help")
      }
      var settings: [Setting] = []
      for (name, value) in table { settings += try self.settings(name, value, words + [key]) }
      return settings
    }
    let children = NamedCommand(words).children
    if !words.isEmpty, let child = children.first {
      let name = words.joined(separator: ".")
      throw mistake("[\(name)]", "is a group of commands", "Name one: [\(name).\(child._commandName)]")
    }
    return [Setting(command: words, name: key, value: found, origin: "\(path)")]
  }

  private func mistake(_ key: String, _ problem: String, _ advice: String) -> SetupError {
    .usage("\(path): \(key) \(problem)", advice)
  }
}
