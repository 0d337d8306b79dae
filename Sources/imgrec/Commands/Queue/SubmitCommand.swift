import ArgumentParser
import Outputs
import Platform

/// `imgrec submit`: submits images to a queue.
struct SubmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit", abstract: "Submit images to a queue for other machines.",
    discussion: """
      Images are sent as paths, which must be valid for the workers too (or below their --root), or as bytes with \
      --inline. Images that are in the queue already are skipped; those whose results are cached complete at once, \
      without a worker.

      Example:
        imgrec submit photos --task classify,faces --queue redis://host/photos
        imgrec submit --watch photos --journal submitted.jsonl --queue redis://host/photos
      """)

  @OptionGroup(title: "Inputs") var input: InputOptions
  @OptionGroup(title: "Watching") var watching: WatchingOptions
  @Option(
    help: .init("With --watch: file in which to note what was submitted, for the next start.", valueName: "file"),
    completion: .file())
  var journal: String?
  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Output") var exif: ExifOptions
  @OptionGroup(title: "Queue") var queue: QueueOptions
  @OptionGroup(title: "Queue") var submission: SubmissionOptions
  @OptionGroup(title: "Cache") var cache: CacheOptions
  @OptionGroup var log: LogOptions
  @Flag(name: [.short, .long], help: "Print errors only, without a summary.") var quiet = false

  func run() throws {
    try ExitStatus.report(quiet: quiet) { stop, logger in
      try checkUsage()
      let started = monotonicSeconds()
      let watch = try watching.watch ? WatchedSubmission(self, stop: stop, logger) : nil
      let queue = try queue.open(logger)
      let plan = try submission.create(queue, asking: QueueArguments(model, exif))
      let submitter = try Submitter(
        queue, plan: plan, input: input, options: submission,
        cached: try CachedResults(cache, asking: model, exif: exif.exif, logger: logger), watch: watch,
        stop: stop)
      RunReady.note("submitting to queue \(queue.label)", quiet: quiet)
      submitter.runUntilStopped()
      try queue.checkProblem()
      try watch?.close()
      if !quiet {
        var line = submitter.summary
        line.seconds = monotonicSeconds() - started
        Console.summary(line)
        let ignored = (watch?.feed.tally ?? submitter.feed.tally).ignored
        if ignored.total > 0 { Console.message("ignored: \(ignored.text)\n") }
      }
      if watch != nil { return .done }
      if stop.isRequested {
        Console.note(
          "interrupted: the inputs that are left were not submitted; run it again", .warning, event: .interrupted)
        return .interrupted
      }
      guard submitter.added + submitter.known == 0 else { return .done }
      if !quiet { Console.error(submitter.noImagesMessage) }
      return .noImages
    }
  }
}
