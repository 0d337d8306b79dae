import ArgumentParser

@main
struct Imgrec: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "imgrec",
    abstract: "Tells what is in folders of images, as fast as the machine can.",
    version: "imgrec 0.1.0",
    subcommands: [ScanCommand.self, UpscaleCommand.self, ModelsCommand.self])
}
