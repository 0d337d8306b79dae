import ArgumentParser
import Logging
import Outputs
import Pipeline
import Platform

/// Control of the run.
struct RunOptions: ParsableArguments {
  @Option(
    help: .init("Stop when more images than this fail (100, 5%).", valueName: "n|p%"),
    transform: ArgumentParsing.failureBudget)
  var maxFailures: FailureBudget?

  @Flag(help: "Stop at the first image that fails.")
  var failFast = false

  @Flag(name: [.customLong("dry-run")], help: "List the inputs and stop.")
  var dryRun = false

  @Option(
    help: .init("Write metrics for Prometheus' textfile collector.", valueName: "file"),
    completion: .file())
  var metrics: String?

  @Option(help: .init("Write the summary as JSON.", valueName: "file"), completion: .file())
  var summary: String?

  @Flag(name: [.short, .long], help: "Print errors only: no summary, no progress.")
  var quiet = false

  @Flag(name: [.short, .long], help: "Print the chosen settings and more messages.")
  var verbose = false

  @Option(help: "Progress on standard error (default: bar on a terminal).")
  var progress: ProgressForm?

  @OptionGroup var log: LogOptions

  enum ProgressForm: String, ExpressibleByArgument, CaseIterable {
    case none, bar, json

    /// A bar on a terminal that can redraw a line, unless messages are objects of JSON.
    static var standard: ProgressForm {
      Console.form == .text && HostInfo.isTerminal(STDERR_FILENO) && !TerminalStyle.isDumb ? .bar : .none
    }
  }

  var failureBudget: FailureBudget { failFast ? .count(0) : maxFailures ?? .unlimited }
}

/// The files that are written when a run ends.
struct ReportFiles {
  var summary: ReservedFile?
  var metrics: ReservedFile?

  /// `command`: the command's name.
  func write(_ report: Summary, of command: String) throws(SetupError) {
    try summary?.write(report.json)
    try metrics?.write(report.metrics(version: Imgrec.version, command: command))
  }
}

extension RunOptions {
  /// Reserves the files of `--summary` and `--metrics`.
  func reserve(in files: inout OutputFiles) throws(SetupError) -> ReportFiles {
    var reports = ReportFiles()
    if let summary {
      reports.summary = try files.reserve(RawArguments().path(summary), flag: "--summary", kind: .summary)
    }
    if let metrics {
      reports.metrics = try files.reserve(RawArguments().path(metrics), flag: "--metrics", kind: .metrics)
    }
    return reports
  }

  /// No bar beside a table on the terminal: it would be drawn over it.
  func progressForm(tableOnTerminal: Bool) -> ProgressForm {
    if let progress { return progress }
    return quiet || tableOnTerminal ? .none : .standard
  }

  func bootstrapLogging() {
    let level: Logger.Level = quiet ? .error : verbose ? .debug : .notice
    LoggingSystem.bootstrap { _ in ConsoleLogHandler(logLevel: level) }
  }

  var logger: Logger { Logger(label: "imgrec") }
}
