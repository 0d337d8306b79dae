import ArgumentParser
import Foundation
import Platform

/// `imgrec collect`: the records out of a queue.
struct CollectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect", abstract: "Writes the records of a queue as they are done, and ends when all are there.",
    discussion: """
      Each record comes once; what was written leaves Redis.

      Example:
        imgrec collect --queue redis://host/photos -o records.jsonl
      """)

  @OptionGroup(title: "Queue") var queue: QueueOptions
  @Option(name: [.short, .long], help: .init("Write the records to a file.", valueName: "file"))
  var output: String?
  @Flag(help: "Go on in the file after a collect that was killed.") var resume = false
  @Option(help: "Progress on standard error (default: bar on a terminal).")
  var progress: RunOptions.ProgressForm?
  @Flag(name: [.short, .long], help: "No summary, no progress; errors only.") var quiet = false

  func validate() throws {
    if resume, output == nil || output == "-" { throw ValidationError("--resume goes on in a file: -o FILE.") }
  }

  func run() throws {
    try ExitStatus.report(quiet: quiet) { stop, logger in
      let queue = try queue.open(logger)
      let form = progress ?? (quiet || !HostInfo.isTerminal(STDERR_FILENO) ? .none : .bar)
      let collector = RecordCollector(queue, plan: try queue.existing(), progress: form, quiet: quiet, stop: stop)
      if resume, let output { try collector.remember(output) }
      return try collector.run(into: output, resuming: resume)
    }
  }
}
