import ArgumentParser

/// Options that every command has; they are taken from the arguments before a command is parsed.
struct ConfigurationOptions: ParsableArguments {
  @Option(
    help: .init("Read settings from this file only (imgrec config -h).", valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var config: String?

  @Option(help: .init("Use the settings of this profile, too.", valueName: "name"))
  var profile: String?

  @Flag(name: .customLong("no-config"), help: "Read no file of settings.")
  var noConfig = false
}
