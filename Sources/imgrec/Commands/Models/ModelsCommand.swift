import ArgumentParser
import Recognition

/// `imgrec models`: lists, fetches, verifies and removes networks.
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "List, fetch and verify the networks.",
    discussion: "They are stored in $IMGREC_MODELS, or in ~/.local/share/imgrec/models.",
    subcommands: [List.self, Info.self, Pull.self, Verify.self, Path.self, Remove.self, Quantise.self],
    defaultSubcommand: List.self)
}
