import ArgumentParser
import Foundation
import Pipeline
import Platform

/// `imgrec scan --queue`: submit and collect in one.
struct QueuedScanOptions: ParsableArguments {
  @Option(
    help: .init(
      "Let the workers of a queue do it: \(QueueOptions.forms). Records come as they are done.", valueName: "url"))
  var queue: String?

  @OptionGroup var submission: SubmissionOptions

  // Checked here and not while parsing: the parser's own message would show a password.
  func validate() throws { if let queue { _ = try QueueOptions.url(queue) } }
}

extension ScanCommand {
  /// Submits on a thread of its own and collects meanwhile, so that the queue stays as short as `--max-pending` says.
  func scanQueued(_ url: String, stop: StopToken) throws(SetupError) -> ExitStatus {
    guard output.format == nil || output.format == .jsonl, !resuming.resume, artifacts.annotator == nil else {
      throw SetupError("--queue gives JSON Lines, without files beside them; --resume is collect's")
    }
    guard !faces.identify, !faces.vectors, !traits.ageGender else {
      throw SetupError("--identify, --vectors and --age-gender do not go with --queue")
    }
    guard secondModels.cascade == nil, secondModels.fallback == nil, secondModels.similar == nil else {
      throw SetupError("--cascade, --fallback and --similar do not go with --queue")
    }
    let queue = try QueueOptions.open(url, runOptions.logger)
    let plan = try queued.submission.create(queue, asking: model)
    let submitter = try Submitter(
      queue, plan: plan, input: input, options: queued.submission,
      cached: try CachedResults(cache, asking: model, logger: runOptions.logger), stop: stop)
    let collector = RecordCollector(
      queue, plan: plan, progress: runOptions.progressForm(tableOnTerminal: false), quiet: runOptions.quiet, stop: stop)
    Thread.detachNewThread { submitter.run() }
    return try collector.run(into: output.output, resuming: false)
  }
}
