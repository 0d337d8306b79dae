import ArgumentParser
import Foundation
import Logging
import Pipeline
import Platform
import Queue
import Recognition
import Records
import Redis

/// `imgrec worker`: recognises what is in a queue.
struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Recognises what others put into a queue; on as many machines as there are.",
    discussion: """
      What is asked of the images was said to imgrec submit. SIGTERM lets it finish what it has begun, give back the \
      rest, and end with status 0; once more ends it at once, and others take over after the lease.

      Example:
        imgrec worker --queue redis://host/photos --root /photos
      """)

  @OptionGroup(title: "Queue") var queue: QueueOptions

  @Option(help: .init("Read no file outside of this folder; relative paths start here.", valueName: "folder"))
  var root: String?

  @Option(
    help: .init("Seconds without a heartbeat after which others take its items over.", valueName: "seconds"),
    transform: ArgumentParsing.number(0.5...3600))
  var lease = 30.0

  @Option(
    help: .init("How often an item is handed out before it is given up.", valueName: "n"),
    transform: ArgumentParsing.int(1...100))
  var deliveries = 5

  @Option(
    name: [.long, .customLong("in-hand")],
    help: .init("Maximum number of items leased and not finished.", valueName: "n"),
    transform: ArgumentParsing.int(1...4096))
  var prefetch = 256

  @Flag(help: "End when the queue is empty and nobody submits.") var untilEmpty = false
  @OptionGroup var engineChoice: EngineChoice
  @Flag(help: "Fetch models that are not here yet.") var pull = false

  @OptionGroup(title: "Pipeline") var pipeline: PipelineOptions
  @OptionGroup(title: "Results kept") var cache: CacheOptions
  @Flag(name: [.short, .long], help: "No summary; errors only.") var quiet = false
  @Flag(name: [.short, .long], help: "Tell what was chosen, and more of what goes on.") var verbose = false

  func run() throws {
    try ExitStatus.report(quiet: quiet, verbose: verbose) { stop, logger in try work(stop: stop, logger: logger) }
  }

  private func work(stop: StopToken, logger: Logger) throws(SetupError) -> ExitStatus {
    let queue = try queue.open(logger)
    let place = try PathSandbox(root)
    // A Redis that is away may come back; a password that is wrong stays so.
    do { _ = try queue.plan() } catch  where error.isRefusal { throw SetupError("queue \(error)") } catch {}
    guard let plan = wait(for: queue, stop: stop, logger: logger) else { return .done }
    let assembly = Assembly(store: try .standard(), pulls: pull)
    let run = try assembly.plan(for: queries(plan), pipeline: pipeline, cache: cache, logger: logger)
    let mine = run.tasks.map(\.reference)
    let others: String
    do { others = try queue.pinModels(mine) } catch { throw SetupError("queue \(error)") }
    guard others == mine.joined(separator: " ") else {
      throw SetupError(
        "the other workers of queue \(queue.label) use \(others), this has \(mine.joined(separator: " "))")
    }
    if verbose {
      for choice in assembly.choices(run) { logger.info("\(choice.name) \(choice.value)") }
    }

    var options = QueueWorker.Options(consumer: Self.name, root: place)
    options.lease = lease
    options.maxDeliveries = deliveries
    options.prefetch = prefetch
    options.endsWhenEmpty = untilEmpty
    let worker = QueueWorker(
      queue, plan: plan, options: options, isStopped: { stop.isRequested }, encode: RecordWriter.bytes)
    let report = ScanPipeline(
      configuration: run, feed: worker.feed, sink: worker.sink, stop: stop, metrics: RunMetrics()
    ).run()
    worker.end()
    run.cache?.store.close()
    if !quiet {
      Console.note(
        "\(report.ok + report.failed) images, \(report.failed) failed; \(worker.recordsWritten) records were new")
    }
    if case .sinkFailed = report.stop { throw SetupError(report.sinkMessage ?? "the queue is away") }
    return .done
  }

  /// The plan of the queue, once somebody has submitted; nil when stopped before, or with `--until-empty`.
  private func wait(for queue: RedisQueue, stop: StopToken, logger: Logger) -> QueueManifest? {
    var isTold = false
    while !stop.isRequested {
      let plan = queue.retry(while: !stop.isRequested) { () throws(RedisError) in try queue.plan() }
      if let plan = plan ?? nil { return plan }
      if untilEmpty { return nil }
      if !isTold { logger.notice("waiting for the first submission to queue \(queue.label)") }
      isTold = true
      usleep(500_000)
    }
    return nil
  }

  /// What the queue asks, on this machine's engine.
  private func queries(_ plan: QueueManifest) throws(SetupError) -> ModelOptions {
    guard var options = try? ModelOptions.parse(plan.arguments) else {
      throw SetupError("the queue asks what this imgrec does not know: \(plan.arguments.joined(separator: " "))")
    }
    options.engine = engineChoice.engine
    options.pull = pull
    return options
  }

  /// Unique: who was killed does not come back under the same name.
  private static var name: String {
    "\(ProcessInfo.processInfo.hostName)-\(getpid())-\(String(UInt32.random(in: 0 ... .max), radix: 16))"
  }
}

extension RecordWriter {
  /// The record, without a line end.
  static func bytes(_ outcome: Outcome) -> [UInt8] {
    var json = JSONWriter()
    write(outcome, to: &json)
    return json.out.bytes
  }
}
