import ArgumentParser

/// `imgrec submit`: puts images into a queue.
struct SubmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit", abstract: "Puts images into a queue for workers on other machines.",
    discussion: """
      Images go as paths, which the workers have to see under the same names (or below their --root), or with --inline \
      as bytes. What is in the queue already is skipped; what the store of results knows is done at once, and needs no \
      worker.

      Example:
        imgrec submit photos --task classify,faces --queue redis://host/photos
      """)

  @OptionGroup(title: "Inputs") var input: InputOptions
  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Queue") var queue: QueueOptions
  @OptionGroup(title: "Queue") var submission: SubmissionOptions
  @OptionGroup(title: "Results kept") var cache: CacheOptions
  @Flag(name: [.short, .long], help: "No summary; errors only.") var quiet = false

  func run() throws {
    try ExitStatus.report(quiet: quiet) { stop, logger in
      let queue = try queue.open(logger)
      let plan = try submission.create(queue, asking: model)
      let submitter = try Submitter(
        queue, plan: plan, input: input, options: submission,
        kept: try CachedResults(cache, asking: model, logger: logger), stop: stop)
      submitter.run()
      if !quiet {
        Console.note(
          "\(submitter.added) submitted, \(submitter.answered) of them done by kept results, \(submitter.known) in "
            + "the queue already")
      }
      if stop.isRequested { return .interrupted }
      return submitter.added + submitter.known == 0 ? .noImages : .done
    }
  }
}
