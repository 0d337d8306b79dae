import ArgumentParser
import Logging
import Outputs
import Pipeline
import Platform
import Queue
import Redis

extension QueueCommand {
  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Report the contents of a queue and its workers.",
      usage: "imgrec queue status [<options>] --queue <url>",
      discussion: """
        With --watch the report is redrawn on a terminal; elsewhere each is a line, with --json an object. Ctrl-C ends it \
        with status 0.

        Example:
          imgrec queue status --queue redis://host/photos --watch
        """)
    @OptionGroup var queue: QueueOptions
    @Flag(help: "Print one JSON object, with --watch one per line.") var json = false
    @Flag(help: "Report again and again, until interrupted.") var watch = false
    @Option(
      help: .init("With --watch: time between two reports (default: 2s).", valueName: "time"),
      transform: ArgumentParsing.time(0.2...3600))
    var interval: Double?
    @Flag(help: "With --watch: end when the queue is empty and no submitter is left.") var untilEmpty = false
    @OptionGroup var log: LogOptions

    func run() throws {
      // The note about an interrupt would stand in the report.
      try ExitStatus.report(quiet: true) { stop, _ in
        try [
          .needs("--interval", interval != nil, "--watch", watch),
          .needs("--until-empty", untilEmpty, "--watch", watch),
        ].check()
        let queue = try queue.open(Logger(label: "imgrec") { _ in ConsoleLogHandler(logLevel: .notice) })
        let plan = try queue.existing()
        if watch {
          return try StatusWatch(queue, json: json, interval: interval ?? 2, untilEmpty: untilEmpty, stop: stop).run()
        }
        let status = try queue.send { () throws(RedisError) in try queue.status(plan) }
        let report = QueueReport(status)
        if json { Console.json(report.json) } else { Console.out(report.text) }
        return .done
      }
    }
  }
}
