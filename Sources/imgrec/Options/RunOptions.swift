import ArgumentParser
import Logging
import Pipeline
import Platform

/// How the run behaves.
struct RunOptions: ParsableArguments {
  @Option(
    help: .init("Give up when more images fail than this number or percentage.", valueName: "n|p%"),
    transform: { text in
      if text.hasSuffix("%"), let percent = Double(text.dropLast()), (0...100).contains(percent) {
        return FailureBudget.percent(percent)
      }
      guard let count = Int(text), count >= 0 else {
        throw ValidationError("'\(text)' is neither a number of images nor a percentage such as 5%.")
      }
      return FailureBudget.count(count)
    })
  var maxFailures: FailureBudget?

  @Flag(help: "Give up at the first image that fails.")
  var failFast = false

  @Flag(name: [.customLong("dry-run")], help: "List the inputs, recognise nothing.")
  var dryRun = false

  @Option(
    help: .init("Write the run's figures for Prometheus' textfile collector.", valueName: "file"), completion: .file())
  var metrics: String?

  @Option(help: .init("Write the summary as JSON.", valueName: "file"), completion: .file())
  var summary: String?

  @Flag(name: [.short, .long], help: "No summary, no progress; errors only.")
  var quiet = false

  @Flag(name: [.short, .long], help: "Tell what was chosen, and more of what goes on.")
  var verbose = false

  @Option(help: "Progress on standard error (default: bar on a terminal).")
  var progress: ProgressForm?

  @Option(help: "Form of the messages on standard error.")
  var logFormat: LogForm = .text

  enum ProgressForm: String, ExpressibleByArgument, CaseIterable { case none, bar, json }
  enum LogForm: String, ExpressibleByArgument, CaseIterable { case text, json }

  var failureBudget: FailureBudget { failFast ? .count(0) : maxFailures ?? .unlimited }

  func validate() throws {
    guard !(failFast && maxFailures != nil) else {
      throw ValidationError("--fail-fast and --max-failures exclude each other.")
    }
    guard !(quiet && verbose) else { throw ValidationError("--quiet and --verbose exclude each other.") }
  }
}

extension RunOptions {
  /// A table on the terminal is progress enough; a bar would run through it.
  func progressForm(tableOnTerminal: Bool) -> ProgressForm {
    if let progress { return progress }
    return quiet || tableOnTerminal || !HostInfo.isTerminal(STDERR_FILENO) ? .none : .bar
  }

  func bootstrapLogging() {
    let level: Logger.Level = quiet ? .error : verbose ? .debug : .notice
    let form = logFormat
    LoggingSystem.bootstrap { _ in ConsoleLogHandler(logLevel: level, form: form) }
  }

  var logger: Logger { Logger(label: "imgrec") }
}
