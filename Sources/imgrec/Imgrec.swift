import ArgumentParser

@main
struct Imgrec: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "imgrec",
    abstract: "Tells what is in folders of images, as fast as the machine can.",
    version: "imgrec \(version)",
    subcommands: [
      ScanCommand.self, UpscaleCommand.self, SimilarCommand.self, FacesCommand.self, ModelsCommand.self,
      EnginesCommand.self,
      CacheCommand.self, SubmitCommand.self, WorkerCommand.self, CollectCommand.self, QueueCommand.self,
      BenchCommand.self, DoctorCommand.self, SchemaCommand.self,
    ])

  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    ProcessTitle.hidePasswords()
    main(arguments)
  }
}
