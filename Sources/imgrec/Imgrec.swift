import ArgumentParser
import Codecs
import Platform
import ZXingEngine

@main
struct Imgrec: ParsableCommand {
  static let version = "0.2.0"

  static let configuration = CommandConfiguration(
    commandName: "imgrec",
    abstract: "Recognise what is in images, in bulk.",
    discussion: """
      Examples:
        imgrec scan photos
        imgrec scan --task faces,text photos -o records.jsonl
        imgrec models list
      """,
    version: "imgrec \(version)",
    // The parser prints each name with "subcommands" after it.
    groupedSubcommands: [
      CommandGroup(
        name: "Recognition",
        subcommands: [
          ScanCommand.self, UpscaleCommand.self, SimilarCommand.self, FacesCommand.self, PackCommand.self,
        ]),
      CommandGroup(
        name: "Record",
        subcommands: [
          ReportCommand.self, TagCommand.self, SortCommand.self, AnonymiseCommand.self, SearchCommand.self,
          DriftCommand.self,
        ]),
      CommandGroup(
        name: "Many-machine",
        subcommands: [SubmitCommand.self, WorkerCommand.self, CollectCommand.self, QueueCommand.self]),
      CommandGroup(
        name: "Set-up",
        subcommands: [
          ModelsCommand.self, EnginesCommand.self, CacheCommand.self, ConfigCommand.self, BenchCommand.self,
          DoctorCommand.self, SchemaCommand.self,
        ]),
    ])

  @OptionGroup(title: "Settings, with every command") var settings: ConfigurationOptions

  static func main() {
    if CommandLine.arguments.count == 2, CommandLine.arguments[1] == DecoderService.argument {
      DecoderService.run()
      _exit(0)
    }
    if CommandLine.arguments.count == 2, CommandLine.arguments[1] == CodeService.argument {
      CodeService.run()
      _exit(0)
    }
    if CommandLine.arguments.count == 3, CommandLine.arguments[1] == NetworkTrial.argument {
      setenv("ORT_DISABLE_TELEMETRY", "1", 1)
      _exit(NetworkTrial.run(CommandLine.arguments[2]))
    }
    ProcessMemory.keepLittle()
    // Before any other thread: no library may read the environment while it changes. ONNX Runtime otherwise leaves an
    // identifier of the machine and a database in the user's cache folder.
    setenv("ORT_DISABLE_TELEMETRY", "1", 1)
    // Kernels that OpenVINO keeps for the shapes that networks have run, 1024 by default: text in pictures of 120
    // sizes takes 40 MB less, in the same time; with 100 it takes a tenth more time.
    setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "256", 0)
    // A file beyond the limit of its size (RLIMIT_FSIZE) becomes an error of write(), EFBIG.
    signal(SIGXFSZ, SIG_IGN)
    var arguments = Array(CommandLine.arguments.dropFirst())
    ArgumentRedaction.hidePasswords()
    Console.form = LogForm(askedFor: arguments)
    // `config` prints what they lead to.
    let isConfig = arguments.first == ConfigCommand._commandName
    var sources = ConfigurationSources()
    if !isConfig { attempt { () throws(SetupError) in sources = try ConfigurationSources(taking: &arguments) } }
    if let mistake = ArgumentCheck.mistake(in: arguments) {
      Console.message(mistake.text, .error, event: .usage)
      _exit(ExitStatus.usage.rawValue)
    }
    var used: [Setting] = []
    if !isConfig {
      attempt { () throws(SetupError) in
        let configured = try ConfiguredArguments(arguments, sources)
        (arguments, used) = (configured.arguments, configured.used)
      }
      Console.form = LogForm(askedFor: arguments)
    }
    EnginePreloader.begin(arguments)
    var code = ExitCode.success
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch {
      code = exitCode(for: error)
      if code.rawValue == ExitStatus.usage.rawValue {
        let message = message(for: error)
        // An `ExitCode` has none: the command has printed its own.
        if !message.isEmpty { Console.message(ParserMessage.error(message, arguments).text, .error, event: .usage) }
      } else {
        let message = fullMessage(for: error)
        if !message.isEmpty, code == .success { Console.out(message) }
        if !message.isEmpty, code != .success { Console.message(message + "\n", .error, event: .failed) }
      }
    }
    if code.rawValue == ExitStatus.usage.rawValue, !used.isEmpty {
      let names = used.map(\.name).joined(separator: ", ")
      Console.note("set without being typed: \(names); imgrec config shows where")
    }
    // Not `exit`: destructors of the libraries would run while a thread of theirs, or of the preloader that is still
    // opening one, uses what they destroy; and the system frees everything sooner.
    fflush(nil)
    _exit(code.rawValue)
  }

  /// Runs `body`; ends the process if it throws.
  private static func attempt(_ body: () throws(SetupError) -> Void) {
    do throws(SetupError) { try body() } catch {
      ExitStatus.complain(error)
      _exit(error.isUsage ? ExitStatus.usage.rawValue : ExitStatus.failure.rawValue)
    }
  }
}
