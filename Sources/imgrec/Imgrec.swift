import ArgumentParser

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

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
    Prelude.begin(arguments)
    main(arguments)
    // Everything is written. What the libraries would take apart at `exit`, the system takes back sooner.
    fflush(nil)
    _exit(ExitStatus.done.rawValue)
  }
}
