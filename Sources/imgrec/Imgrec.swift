import ArgumentParser

@main
struct Imgrec: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "imgrec",
    abstract: "Tells what is in folders of images, as fast as the machine can.",
    version: "imgrec \(version)",
    subcommands: [
      ScanCommand.self, ModelsCommand.self, FacesCommand.self, EnginesCommand.self, BenchCommand.self,
      DoctorCommand.self,
      CacheCommand.self, SchemaCommand.self,
    ])
}
