import ArgumentParser
import Foundation
import Pipeline
import Platform

/// `imgrec scan --queue`: submits and collects in one command.
struct QueuedScanOptions: ParsableArguments {
  @Option(
    help: .init(
      "Let the workers of a queue recognise: \(QueueOptions.forms). Records come in the order of completion.",
      valueName: "url"))
  var queue: String?

  @OptionGroup var submission: SubmissionOptions
}

extension ScanCommand {
  /// Submits on another thread while collecting, so that the queue stays within `--max-pending`.
  func scanQueued(_ url: String, stop: StopToken) throws(SetupError) -> ExitStatus {
    let file = try openRecords()
    stop.attend()
    let queue = try QueueOptions.open(url, runOptions.logger)
    let plan = try queued.submission.create(queue, asking: QueueArguments(model, exif))
    let metrics = RunMetrics()
    let monitor = try RunMonitor.start(
      listening, command: "scan", metrics: metrics, stop: stop, logger: runOptions.logger)
    defer { monitor?.end() }
    let submitter = try Submitter(
      queue, plan: plan, input: input, options: queued.submission,
      cached: try CachedResults(cache, asking: model, exif: exif.exif, logger: runOptions.logger), stop: stop)
    let collector = RecordCollector(
      queue, plan: plan,
      progress: CollectProgress(
        form: runOptions.progressForm(tableOnTerminal: false), isNoted: runOptions.verbose), quiet: runOptions.quiet,
      stop: stop, metrics: metrics, monitor: monitor)
    Thread.detachNewThread { submitter.run() }
    let status = try collector.run(into: file)
    if status == .noImages, !runOptions.quiet { Console.error(submitter.noImagesMessage) }
    return status
  }
}
