import ArgumentParser
import Codecs
import Foundation
import Inputs
import ModelLibrary
import Outputs
import Pipeline
import Platform
import Recognition

/// `imgrec upscale`: upscales pictures, and writes one record per input.
struct UpscaleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "upscale", abstract: "Upscale images with a super-resolution network.",
    discussion: """
      Writes pictures to the output, records to standard output and everything else to standard error. EXIF, colour \
      profile, resolution and alpha are preserved. A result appears under its name only when it is complete.

      Examples:
        imgrec upscale photo.jpg -o large.png
        imgrec upscale photos -o large --on-exists skip
        imgrec upscale --model edsr_x3 photos -o large --format png

      Exit status: 0 all done, 1 some inputs failed, 2 could not start or continue, 3 no images, 64 usage, \
      130 interrupted.
      """)

  @OptionGroup(title: "Inputs") var input: InputOptions
  @OptionGroup(title: "Model") var model: UpscaleModelOptions
  @OptionGroup(title: "Output") var output: UpscaleOutputOptions
  @OptionGroup(title: "Pipeline") var pipeline: UpscalePipelineOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions

  func run() throws {
    let stop = StopToken()
    let interrupt = SignalHandler(stop: stop, quiet: runOptions.quiet)
    defer { withExtendedLifetime(interrupt) {} }
    runOptions.bootstrapLogging()
    try ExitStatus.report {
      try checkUsage()
      return try upscale(stop: stop)
    }
  }

  private func upscale(stop: StopToken) throws -> ExitStatus {
    let target = OutputTarget(input: input, output: output, maxFileSize: pipeline.maxFileSize)
    let names = try target.names()
    let isDistinct = try target.checkCollisions(of: names)
    if runOptions.dryRun {
      stop.attend()
      return try target.list(names, quiet: runOptions.quiet, stop: stop)
    }
    try target.checkWritable(names)
    var checks = OutputFiles(inputs: target.files(model), overwrites: output.onExists == .overwrite)
    let file = try target.records.map { path throws(SetupError) in
      try checks.open(path, flag: "--records", kind: .records)
    }
    let reports = try runOptions.reserve(in: &checks)
    let store = try ModelStore.standard()
    let loaded = try load(from: store)
    let spec = loaded.card.head.upscale!

    var options = try ModelOptions.parse([])
    options.engineChoice = model.engineChoice
    options.precision = model.precisionChoice.precision
    let assembly = Assembly(store: store, pulls: model.pull)
    let task = try assembly.task(loaded, options: options, workers: workers)
    var plan = UpscaleConfiguration(model: loaded, spec: spec, instances: task.instances, names: names)
    plan.clean = try assembly.cleanPictures(besides: loaded, isNamed: model.model != nil, options, workers)
    fill(&plan)
    plan.namesAreDistinct = isDistinct
    let engine = task.instances[0].use.name
    let autoTile = "up to \(plan.tileSize.area) pixels"
    let clean = plan.clean.map { [Summary.Choice("clean pictures", $0.network.model.reference)] } ?? []
    let choices: [Summary.Choice] =
      [
        .init("upscale", "\(loaded.reference) on \(engine) x \(task.instances.count)"),
        .init("threads", "\(workers.threads)"), .init("tile", plan.tile.map { "\($0)" } ?? autoTile),
        .init("overlap", "\(spec.overlap)"),
      ] + clean
    if runOptions.verbose {
      for choice in choices { runOptions.logger.info("\(choice.name) \(choice.value)") }
    }

    // Standard output may be the picture.
    let bytes = file.map { ByteOutput($0) } ?? (output.output == "-" ? nil : ByteOutput())
    let leftOut = try target.makeLeftOut(names, quiet: runOptions.quiet)
    let feed = try input.feed(
      maxFileSize: pipeline.maxFileSize, leaveOut: leftOut)
    let metrics = RunMetrics()
    let form = runOptions.progressForm(tableOnTerminal: bytes?.isTerminal ?? false)
    let total = input.countInBackground(if: true, maxFileSize: pipeline.maxFileSize, leaveOut: leftOut)
    let progress = Progress(form: form, metrics: metrics, total: total)
    let sink: any Sink =
      try bytes.map { bytes throws(SetupError) in
        try OutputFormat.standard(for: bytes).makeSink(SinkContext(output: bytes))
      } ?? FailureReporter(next: nil)
    let fasterModel = fasterModel(than: loaded.card, in: store)
    let quiet = runOptions.quiet
    try bytes?.begin()
    let report = UpscalePipeline(
      configuration: plan, feed: feed, sink: FailureLog.around(sink, quiet: quiet), stop: stop, metrics: metrics,
      total: total
    ) {
      estimate in
      if !quiet { Console.note(Self.message(estimate, loaded.card.name, fasterModel: fasterModel)) }
    }.run()
    progress.end()
    return try finish(report, walk: feed, reports: reports, choices: choices)
  }

  /// One instance on all cores by default: a tile is large enough for all threads, a single picture need not be cut for
  /// it, and a second instance was no faster and takes as much memory again.
  private var workers: Assembly.Workers {
    let isUnset = pipeline.instances == nil && pipeline.threads == nil
    return Assembly.Workers(instances: isUnset ? 1 : pipeline.instances, threads: pipeline.threads)
  }

  private func fill(_ plan: inout UpscaleConfiguration) {
    plan.onExists = output.onExists
    plan.quality = output.quality
    if case .side(let side) = pipeline.tile { plan.tile = max(side, 2 * plan.spec.overlap + 16) }
    plan.maxInput = pipeline.maxInput
    plan.compares = output.compare
    plan.limits = pipeline.limits
    plan.workers = pipeline.workers ?? HostInfo.cores
    plan.maxBatch = pipeline.maxBatch ?? Int.max
    plan.batchPixels = pipeline.batchPixels
    plan.memory = pipeline.memory
    plan.maxFileSize = pipeline.maxFileSize
    plan.keepsOrder = output.order == .input
    plan.failureBudget = runOptions.failureBudget
  }

  // MARK: Model

  private func load(from store: ModelStore) throws(SetupError) -> LoadedModel {
    let name = if let model = model.model { model } else { try modelName(for: model.scale ?? 3, in: store) }
    let card = try store.card(name, card: model.card, for: .upscale)
    guard card.task == .upscale, let spec = card.head.upscale else {
      let known = store.zoo.cards(of: .upscale).map(\.name).joined(separator: ", ")
      throw SetupError.usage("\(card.name) does not upscale pictures", "These models do: \(known).")
    }
    if let scale = model.scale, scale != spec.scale {
      throw SetupError.usage(
        "\(card.name) upscales \(spec.scale) times, and not \(scale)", "Leave --scale or --model out.")
    }
    if model.pull, store.zoo.cards.contains(where: { $0.name == card.name }) { try store.pull(card) }
    return try store.load(name, card: model.card)
  }

  /// Returns the first model of the zoo at that scale; the zoo lists the better choice first.
  private func modelName(for scale: Int, in store: ModelStore) throws(SetupError) -> String {
    let cards = store.zoo.cards(of: .upscale)
    if let card = cards.first(where: { $0.head.upscale?.scale == scale }) { return card.name }
    let scales = Set(cards.compactMap { $0.head.upscale?.scale }).sorted().map { "\($0)" }.joined(separator: ", ")
    throw SetupError.usage(
      "no model upscales \(scale) times",
      "Use --scale with one of \(scales), or --model FILE with a network of your own.")
  }

  /// Returns a model of the same scale that takes much less time, if there is one. Among these networks the size of the
  /// weights predicts the time.
  private func fasterModel(than card: ModelCard, in store: ModelStore) -> String? {
    let bytes = ModelStore.bytes(of: card)
    return store.zoo.cards(of: .upscale).first {
      $0.head.upscale?.scale == card.head.upscale?.scale && ModelStore.bytes(of: $0) * 4 < bytes
    }?.name
  }

  private static func message(
    _ estimate: DurationEstimator.Estimate, _ name: String, fasterModel: String?
  ) -> String {
    let minutes = max(1, Int((estimate.seconds / 60).rounded()))
    let time = minutes < 120 ? "\(minutes) min" : "\((minutes + 30) / 60) h"
    let total = estimate.isWhole ? "about \(time) in total" : "about \(time) for the inputs known so far"
    let perTile = (estimate.secondsPerTile * 10).rounded() / 10
    return "\(total) with \(name), \(perTile) s per tile" + (fasterModel.map { "; --model \($0) is much faster" } ?? "")
  }

  // MARK: End of the run

  private func finish(
    _ report: RunReport, walk: DirectoryWalk, reports: ReportFiles, choices: [Summary.Choice]
  ) throws(SetupError) -> ExitStatus {
    let interruption = InterruptionNote(report)
    let summary = Summary(report, ignored: walk.tally.ignored, choices: choices)
    try reports.write(summary, of: "upscale")
    if report.stop == .closedPipe { return .done }
    if report.stop == .sinkFailed { throw SetupError(report.sinkMessage ?? "the records cannot be written") }
    if !runOptions.quiet, report.inputs > 0 {
      Console.summary(summary, details: runOptions.verbose)
    }
    if report.stop == .interrupted {
      interruption.print("run it again with --on-exists skip")
      return .interrupted
    }
    if report.stop == .failureBudget {
      throw SetupError("gave up: \(report.failed) of \(report.ok + report.failed) images failed")
    }
    if report.inputs == 0 {
      if !runOptions.quiet { Console.error(TerminalText.escaped(walk.noImagesMessage)) }
      return .noImages
    }
    return report.failed > 0 ? .partialFailure : .done
  }
}
