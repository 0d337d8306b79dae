import ArgumentParser
import Outputs
import Pipeline
import Platform

/// `imgrec collect`: writes the records of a queue.
struct CollectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect", abstract: "Write the records of a queue until it is done.",
    usage: "imgrec collect [<options>] --queue <url>",
    discussion: """
      Records are written as items complete, each once, and are then removed from Redis.

      Example:
        imgrec collect --queue redis://host/photos -o records.jsonl
      """)

  @OptionGroup(title: "Queue") var queue: QueueOptions
  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: .init("File of the records (default: standard output).", valueName: "file"),
    completion: .file())
  var output: String?
  @Flag(help: "Keep the records of the output file of an earlier collect, and append to them.") var resume = false
  @Option(help: "Report progress on standard error (default: bar on a terminal).")
  var progress: RunOptions.ProgressForm?
  @Flag(name: [.short, .long], help: "Print errors only, without progress and summary.") var quiet = false
  @OptionGroup var listening: ListenOptions

  private func rules() -> [OptionRule] {
    [.needs("--resume", resume, "-o FILE", output != nil && output != "-")]
      + JSONLinesFile.rules("-o", output, "imgrec collect")
  }

  func run() throws {
    try ExitStatus.report(quiet: quiet) { stop, logger in
      try rules().check()
      let file = try open()
      let queue = try queue.open(logger)
      let metrics = RunMetrics()
      let monitor = try RunMonitor.start(listening, command: "collect", metrics: metrics, stop: stop, logger: logger)
      defer { monitor?.end() }
      let form = progress ?? (quiet ? .none : .standard)
      let collector = RecordCollector(
        queue, plan: try queue.existing(), progress: form, quiet: quiet, stop: stop, metrics: metrics, monitor: monitor)
      return try collector.run(into: file, resuming: resume)
    }
  }

  /// Opens the file of the records; nil for standard output.
  private func open() throws(SetupError) -> OutputFile? {
    guard let output, output != "-" else { return nil }
    let path = RawArguments().path(output)
    if path.standardStream == STDOUT_FILENO { return nil }
    var checks = OutputFiles(inputs: InputFiles(), overwrites: nil)
    let file = try checks.open(path, flag: "-o", kind: .records, resuming: resume)
    file.staysOpen = resume
    return file
  }
}
