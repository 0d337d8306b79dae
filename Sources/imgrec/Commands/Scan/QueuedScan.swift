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

  // Checked here and not while parsing: the parser's message would show a password.
  func validate() throws { if let queue { _ = try QueueOptions.url(queue) } }
}

extension ScanCommand {
  /// Submits on another thread while collecting, so that the queue stays within `--max-pending`.
  func scanQueued(_ url: String, stop: StopToken) throws(SetupError) -> ExitStatus {
    guard output.format?.isResumable != false, !resuming.resume, !artifacts.isRequested else {
      throw SetupError("--queue writes JSON Lines and no other files; to resume, use imgrec collect --resume")
    }
    guard pageChoice.pages == .first else {
      throw SetupError("--pages all cannot be used with --queue, whose items have one record each")
    }
    guard !faces.identify, !faces.vectors, !traits.ageGender else {
      throw SetupError("--identify, --vectors and --age-gender cannot be used with --queue")
    }
    guard secondModels.cascade == nil, secondModels.fallback == nil, secondModels.similar == nil else {
      throw SetupError("--cascade, --fallback and --similar cannot be used with --queue")
    }
    let file = try openRecords()
    stop.attend()
    let queue = try QueueOptions.open(url, runOptions.logger)
    let plan = try queued.submission.create(queue, asking: model)
    let submitter = try Submitter(
      queue, plan: plan, input: input, options: queued.submission,
      cached: try CachedResults(cache, asking: model, logger: runOptions.logger), stop: stop)
    let collector = RecordCollector(
      queue, plan: plan, progress: runOptions.progressForm(tableOnTerminal: false), quiet: runOptions.quiet, stop: stop)
    Thread.detachNewThread { submitter.run() }
    let status = try collector.run(into: file)
    if status == .noImages, !runOptions.quiet { Console.error(submitter.noImagesMessage) }
    return status
  }
}
