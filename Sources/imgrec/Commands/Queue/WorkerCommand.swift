import ArgumentParser
import Foundation
import Logging
import ModelLibrary
import Outputs
import Pipeline
import Platform
import Queue
import Recognition
import Records
import Redis

/// `imgrec worker`: processes the items of a queue.
struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Process the images of a queue; run one or more on each machine.",
    discussion: """
      Models and tasks are those given to `imgrec submit`. On SIGTERM the worker finishes what is inside a network, \
      returns the other images to the queue and ends with status 0. A second SIGTERM ends it at once; other workers \
      take over its items when their lease has expired.

      Example:
        imgrec worker --queue redis://host/photos --root /photos
      """)

  @OptionGroup(title: "Queue") var queue: QueueOptions

  @Option(
    help: .init("Folder of the images; relative paths start here, and files outside are refused.", valueName: "folder"),
    completion: .directory)
  var root: String?

  @Option(
    help: .init(
      "Time without a heartbeat after which other workers take over the items (default: 30s).", valueName: "time"),
    transform: ArgumentParsing.time(0.5...3600))
  var lease = 30.0

  @Option(
    help: .init(
      "Maximum number of deliveries of an item before it becomes a dead letter (default: 5).", valueName: "n"),
    transform: ArgumentParsing.int(1...100))
  var deliveries = 5

  @Option(
    name: [.long, .customLong("in-hand")],
    help: .init("Maximum number of unfinished items that the worker leases (default: 256).", valueName: "n"),
    transform: ArgumentParsing.int(1...4096))
  var prefetch = 256

  @Flag(help: "End when the queue is empty and no submitter is left.") var untilEmpty = false

  @Option(
    help: .init("Name of the worker in imgrec queue status (default: host and process).", valueName: "name"),
    transform: WorkerName.parse)
  var name: String?

  @OptionGroup var engineChoice: EngineChoice
  @Flag(help: "Fetch models that are not installed yet.") var pull = false
  @OptionGroup(title: "Fallback") var fallback: FallbackOptions

  @OptionGroup(title: "Pipeline") var pipeline: PipelineOptions
  @OptionGroup(title: "Cache") var cache: CacheOptions
  @OptionGroup var log: LogOptions
  @Flag(name: [.short, .long], help: "Print errors only, without a summary.") var quiet = false
  @Flag(name: [.short, .long], help: "Print the chosen configuration and more messages.") var verbose = false
  @OptionGroup var listening: ListenOptions

  func run() throws {
    try ExitStatus.report(quiet: quiet, verbose: verbose) { stop, logger in
      try cache.check()
      try ([.excludes("--quiet", quiet, "--verbose", verbose)] + fallback.rules() + engineChoice.rules(nil)).check()
      return try work(stop: stop, logger: logger)
    }
  }

  private func work(stop: StopToken, logger: Logger) throws(SetupError) -> ExitStatus {
    let queue = try queue.open(logger)
    let metrics = RunMetrics()
    let monitor = try RunMonitor.start(listening, command: "worker", metrics: metrics, stop: stop, logger: logger)
    defer { monitor?.end() }
    monitor?.wait(for: "waiting for the first submission to queue \(queue.label)")
    let sandbox = try PathSandbox(root)
    let identity = WorkerName(name)
    // Before the first submission, which may be hours away.
    if let standby = fallback.fallback { _ = try ModelStore.standard().card(standby) }
    guard let plan = wait(for: queue, stop: stop) else {
      try queue.checkProblem()
      return .done
    }
    let presence = WorkerPresence(queue, consumer: identity.consumer, identity.announcement) { stop.isRequested }
    defer { presence.end() }
    monitor?.watch(queue, plan: plan)
    monitor?.wait(for: "opening the models")
    let assembly = Assembly(store: try .standard(), pulls: pull)
    let arguments = try arguments(plan)
    let run = try assembly.plan(
      for: arguments.model, exif: arguments.exif.exif, fallback: fallback, pipeline: pipeline, cache: cache,
      logger: logger)
    let ownModels = run.tasks.map(\.reference)
    let pinnedModels: String
    do { pinnedModels = try queue.pinModels(ownModels) } catch { throw SetupError.queue(error) }
    guard pinnedModels == ownModels.joined(separator: " ") else {
      throw SetupError(
        "the other workers of queue \(queue.label) use \(pinnedModels), this one has "
          + ownModels.joined(separator: " "))
    }
    let choices = assembly.choices(run)
    monitor?.show(run, choices: choices)
    if verbose {
      for choice in choices { logger.info("\(choice.name) \(choice.value)") }
    }

    Assembly.log(run, quiet: quiet)

    var options = QueueWorker.Options(consumer: identity.consumer, root: sandbox)
    options.lease = lease
    options.maxDeliveries = deliveries
    options.prefetch = prefetch
    options.endsWhenEmpty = untilEmpty
    let worker = QueueWorker(
      queue, plan: plan, options: options, isStopped: { stop.isRequested }, encode: RecordWriter.bytes)
    monitor?.ready()
    presence.run { worker.recordsWritten }
    RunReady.note("worker of queue \(queue.label)", quiet: quiet)
    let report = ScanPipeline(
      configuration: run, feed: worker.feed, sink: FailureLog.around(worker.sink, quiet: quiet), stop: stop,
      metrics: metrics
    ).run()
    worker.end()
    run.cache?.store.close()
    if !quiet {
      var line = SummaryLine(report)
      line.details.append(SummaryLine.counted(worker.recordsWritten, "new record"))
      Console.summary(line)
      if report.tripCount > 0 { for line in Summary(report).breakerLines { Console.note(line) } }
    }
    try queue.checkProblem()
    if case .sinkFailed = report.stop { throw SetupError(report.sinkMessage ?? "the queue cannot be reached") }
    return .done
  }

  /// Waits for the first submission and returns its manifest; nil if stopped before, or with `--until-empty`.
  private func wait(for queue: RedisQueue, stop: StopToken) -> QueueManifest? {
    var hasReported = false
    // A service whose Redis starts later is up all the same: it waits.
    if (try? queue.plan()) == nil { ServiceManager.current.ready("waiting for queue \(queue.label)") }
    while !stop.isRequested, queue.problem == nil {
      let plan = queue.retry(while: !stop.isRequested) { () throws(RedisError) in try queue.plan() }
      if let plan = plan ?? nil { return plan }
      if untilEmpty { return nil }
      if !hasReported {
        let message = "waiting for the first submission to queue \(queue.label)"
        queue.log(.notice, .queueWaiting, message)
        ServiceManager.current.ready(message)
      }
      hasReported = true
      usleep(500_000)
    }
    return nil
  }

  /// Returns the options of the queue, with its models on this machine's engine.
  private func arguments(_ plan: QueueManifest) throws(SetupError) -> QueueArguments {
    guard var options = try? QueueArguments.parse(plan.arguments) else {
      throw SetupError(
        "this version of imgrec does not support the arguments of the queue: \(plan.arguments.joined(separator: " "))")
    }
    options.model.engineChoice = engineChoice
    options.model.pull = pull
    return options
  }
}

extension RecordWriter {
  /// Returns the record as JSON, without a line feed.
  static func bytes(_ outcome: Outcome) -> [UInt8] {
    var json = JSONWriter()
    write(outcome, to: &json)
    return json.out.bytes
  }
}
