import ArgumentParser
import Platform
import Queue

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

/// How images go into a queue.
struct SubmissionOptions: ParsableArguments {
  @Option(
    help: .init("Send images of up to this size as bytes; larger ones go as paths.", valueName: "size"),
    transform: ArgumentParsing.bytes)
  var inline: Int?

  @Option(
    help: .init(
      "Items in the queue at most, uncollected results included; then submitting waits (default: 1000000).",
      valueName: "n"), transform: ArgumentParsing.count)
  var maxPending = 1_000_000

  @Option(
    help: .init(
      "Streams of a new queue (default: 1; in a cluster 16, spread over its nodes).", valueName: "n"),
    transform: ArgumentParsing.int(1...1024))
  var shards: Int?

  @Flag(
    help: """
      Read files that the store has not seen, to look for their results under their digest: pays where most are copies \
      or renamed. (Otherwise a worker does it.)
      """)
  var digest = false

  func validate() throws {
    // Redis' client buffers and the workers' memory are the limit.
    if let inline, inline > 16 << 20 { throw ValidationError("--inline takes at most 16M.") }
  }

  /// Makes the queue, or takes the one that is there, for what `model` asks.
  func create(_ queue: RedisQueue, asking model: ModelOptions) throws(SetupError) -> QueueManifest {
    try queue.create(
      .init(arguments: model.queueArguments(), shards: shards ?? queue.usualShards, inline: inline ?? 0))
  }
}
