import ArgumentParser
import Platform

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
    ArgumentRedaction.hidePasswords()
    EnginePreloader.begin(arguments)
    var code = ExitCode.success
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch {
      code = exitCode(for: error)
      let message = fullMessage(for: error)
      let put = code == .success ? Console.out : Console.raw
      if !message.isEmpty { put(message + "\n") }
    }
    // Not `exit`: what the libraries would take apart there may be in use by a thread of theirs, or still be opened by
    // the prelude; and the system takes it all back sooner.
    fflush(nil)
    _exit(code.rawValue)
  }
}
