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

      Examples:
        imgrec collect --queue redis://host/photos -o records.jsonl
        imgrec collect --queue redis://host/photos -o all.jsonl -o all.csv
      """)

  @OptionGroup(title: "Queue") var queue: QueueOptions
  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: .init(
      """
      File of the records, in the format of its ending: .csv, .json, .hocr, else JSON Lines (default: standard \
      output). Repeatable.
      """, valueName: "file"),
    completion: .file())
  var output: [String] = []
  @Flag(help: "Keep the records of the output file of an earlier collect, and append to them.") var resume = false
  @Option(help: "Report progress on standard error (default: bar on a terminal).")
  var progress: RunOptions.ProgressForm?
  @OptionGroup var log: LogOptions
  @Flag(name: [.short, .long], help: "Print errors only, without progress and summary.") var quiet = false
  @Flag(name: [.short, .long], help: "Without a bar, report progress every 10 seconds.") var verbose = false
  @OptionGroup var listening: ListenOptions

  func run() throws {
    try ExitStatus.report(quiet: quiet) { stop, logger in
      try rules().check()
      let files = try open()
      let queue = try queue.open(logger)
      let plan = try queue.existing()
      let progress = CollectProgress(form: progress ?? (quiet ? .none : .standard), isNoted: verbose)
      let metrics = RunMetrics()
      let monitor = try RunMonitor.start(listening, command: "collect", metrics: metrics, stop: stop, logger: logger)
      defer { monitor?.end() }
      let collector = RecordCollector(
        queue, plan: plan, progress: progress, quiet: quiet, stop: stop, metrics: metrics, monitor: monitor)
      if resume { return try collector.run(into: files.first?.file, resuming: true) }
      let hasExif = plan.arguments.contains("--exif")
      return try collector.run(
        into: try files.map { file throws(SetupError) in
          try CollectedOutput(file.file, file.format, hasExif: hasExif)
        })
    }
  }
}

extension CollectCommand {
  private func rules() -> [OptionRule] {
    let files = output.filter { $0 != "-" }
    let other = files.first { Self.format($0) != .jsonl }
    return [
      .needs("--resume", resume, "-o FILE", !files.isEmpty),
      .excludes("--quiet", quiet, "--verbose", verbose),
      OptionRule(
        output.count - files.count > 1, "-o - is given twice", "Give it once: records go to standard output once."),
      OptionRule(
        resume && output.count > 1, "--resume continues one file, and -o is given \(output.count) times",
        "Leave --resume out, or all outputs but one."),
      OptionRule(
        resume && other != nil, "--resume continues JSON Lines; \(other ?? "") has another format",
        "Name the file of the earlier collect, or leave --resume out."),
    ] + files.flatMap(Self.endingRules)
  }

  /// The rules of an ending that names a format which is not written.
  private static func endingRules(_ name: String) -> [OptionRule] {
    guard case .unwritten(let ending, let advice)? = OutputEnding(RawArguments().path(name)) else { return [] }
    return [
      OptionRule(
        true, "-o \(name): .\(ending) is not a format that imgrec collect writes",
        advice?.replacing("imgrec scan ...", with: "imgrec collect ...")
          ?? "Name the file .jsonl, .json, .csv or .hocr.")
    ]
  }

  private static func format(_ name: String) -> OutputFormat {
    guard case .format(let format)? = OutputEnding(RawArguments().path(name)) else { return .jsonl }
    return format
  }

  /// Opens the files of the records, with their formats; nil for standard output.
  private func open() throws(SetupError) -> [(file: OutputFile?, format: OutputFormat)] {
    var checks = OutputFiles(inputs: InputFiles(), overwrites: nil)
    var files: [(file: OutputFile?, format: OutputFormat)] = []
    for name in output.isEmpty ? ["-"] : output {
      guard let path = RawArguments().outputFile(name) else {
        files.append((nil, .jsonl))
        continue
      }
      let file = try checks.open(path, flag: "-o", kind: .records, resuming: resume)
      file.staysOpen = resume
      files.append((file, Self.format(name)))
    }
    return files
  }
}
