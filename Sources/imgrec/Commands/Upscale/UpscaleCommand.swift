import ArgumentParser
import Codecs
import Foundation
import ModelLibrary
import Outputs
import Pipeline
import Platform
import Recognition

/// `imgrec upscale`: enlarge pictures, and write a record an input.
struct UpscaleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "upscale", abstract: "Enlarge images with a network for super-resolution.",
    discussion: """
      Pictures go to the output, records to standard output, everything else to standard error. EXIF, colour profile, \
      resolution and alpha are kept; a result gets its name when it is whole.

      Examples:
        imgrec upscale photo.jpg -o large.png
        imgrec upscale photos -o large --on-exists skip
        imgrec upscale --model edsr_x3 photos -o large --format png

      Exit status: 0 all done, 1 some inputs failed, 2 could not start or go on, 3 no images, 64 usage,
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
    try ExitStatus.report { try upscale(stop: stop) }
  }

  private func upscale(stop: StopToken) throws -> ExitStatus {
    let names = try outputNames()
    let isDistinct = try checkNames(names)
    if runOptions.dryRun { return try listOutputs(names, stop: stop) }
    let store = try ModelStore.standard()
    let loaded = try load(from: store)
    let spec = loaded.card.head.upscale!

    var options = try ModelOptions.parse([])
    options.engine = model.engine
    let task = try Assembly(store: store, pulls: model.pull).task(loaded, options: options, workers: workers)
    var plan = UpscaleConfiguration(model: loaded, spec: spec, instances: task.instances, names: names)
    fill(&plan)
    plan.namesAreDistinct = isDistinct
    let engine = task.instances[0].kind.rawValue
    let tile = "up to \(plan.tileSize.area) pixels"
    let choices: [Summary.Choice] = [
      .init("upscale", "\(loaded.reference) on \(engine) x \(task.instances.count)"),
      .init("threads", "\(workers.threads)"),
      .init("tile", plan.tile.map { "\($0)" } ?? tile), .init("overlap", "\(spec.overlap)"),
    ]
    if runOptions.verbose {
      for choice in choices { runOptions.logger.info("\(choice.name) \(choice.value)") }
    }

    let bytes = try records()
    let feed = try input.feed(maxFileSize: pipeline.maxFileSize)
    let metrics = RunMetrics()
    let form = runOptions.progressForm(tableOnTerminal: bytes?.isTerminal ?? false)
    let total = input.countInBackground(if: true, maxFileSize: pipeline.maxFileSize)
    let progress = Progress(form: form, metrics: metrics, total: total)
    let sink: any Sink = bytes.map { OutputFormat.standard(for: $0).sink(to: $0) } ?? NoRecords()
    let lighter = lighter(than: loaded.card, in: store)
    let quiet = runOptions.quiet
    let report = UpscalePipeline(plan: plan, feed: feed, sink: sink, stop: stop, metrics: metrics, total: total) {
      estimate in
      if !quiet { Console.note(Self.told(estimate, loaded.card.name, lighter: lighter)) }
    }.run()
    progress.end()
    return try finish(report, ignored: feed.tally.ignored, choices: choices)
  }

  /// One instance on all cores: a tile is large enough to share, a lone picture need not be cut for it, and a second
  /// instance was no faster and takes as much memory again.
  private var workers: Assembly.Workers {
    let isOpen = pipeline.instances == nil && pipeline.threads == nil
    return Assembly.Workers(instances: isOpen ? 1 : pipeline.instances, threads: pipeline.threads)
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

  // MARK: The model

  private func load(from store: ModelStore) throws(SetupError) -> LoadedModel {
    let name = if let model = model.model { model } else { try named(for: model.scale ?? 3, in: store) }
    let card = try store.card(name, card: model.card, for: .upscale)
    guard card.task == .upscale, let spec = card.head.upscale else {
      let known = store.zoo.cards(of: .upscale).map(\.name).joined(separator: ", ")
      throw SetupError("\(card.name) does not enlarge pictures; these do: \(known)")
    }
    if let scale = model.scale, scale != spec.scale {
      throw SetupError("\(card.name) makes pictures \(spec.scale) times larger, not \(scale)")
    }
    if model.pull, store.zoo.cards.contains(where: { $0.name == card.name }) { try store.pull(card) }
    return try store.load(name, card: model.card)
  }

  /// The first of the zoo at that scale, which lists the better choice first.
  private func named(for scale: Int, in store: ModelStore) throws(SetupError) -> String {
    let cards = store.zoo.cards(of: .upscale)
    if let card = cards.first(where: { $0.head.upscale?.scale == scale }) { return card.name }
    let scales = Set(cards.compactMap { $0.head.upscale?.scale }).sorted().map { "\($0)" }.joined(separator: ", ")
    throw SetupError("no model makes pictures \(scale) times larger; the scales are \(scales)")
  }

  /// A model of the same scale that takes much less time, if there is one: weights tell how much, among these networks.
  private func lighter(than card: ModelCard, in store: ModelStore) -> String? {
    let bytes = ModelStore.bytes(of: card)
    return store.zoo.cards(of: .upscale).first {
      $0.head.upscale?.scale == card.head.upscale?.scale && ModelStore.bytes(of: $0) * 4 < bytes
    }?.name
  }

  static func told(_ estimate: DurationEstimator.Estimate, _ name: String, lighter: String?) -> String {
    let minutes = max(1, Int((estimate.seconds / 60).rounded()))
    let time = minutes < 120 ? "\(minutes) min" : "\((minutes + 30) / 60) h"
    let what = estimate.isWhole ? "about \(time) in all" : "about \(time) for what is known so far"
    let each = (estimate.secondsPerTile * 10).rounded() / 10
    return "\(what) with \(name), \(each) s a tile" + (lighter.map { "; --model \($0) is much faster" } ?? "")
  }

  // MARK: The outputs

  private func outputNames() throws(SetupError) -> OutputNames {
    let roots = RawArguments().paths(input.paths)
    let target: OutputNames.Target
    let path = RawArguments().path(output.output)
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: output.output, isDirectory: &isFolder)
    let ending = path.fileExtension.flatMap { ending in
      EncodedFormat.allCases.first {
        $0.fileExtension == ending || ($0 == .jpeg && ImageFormat.jpeg.extensions.contains(ending))
      }
    }
    if output.output == "-" {
      try requireOneFile("standard output takes one picture")
      target = .standardOutput(output.format.kind ?? .png)
    } else if let ending, !(isThere && isFolder.boolValue) {
      try requireOneFile("\(output.output) is one file")
      if let kind = output.format.kind, kind != ending {
        throw SetupError("\(output.output) is not named like a \(kind.rawValue)")
      }
      target = .file(path, ending)
    } else {
      if isThere, !isFolder.boolValue { throw SetupError("\(output.output) is a file, and no name of a picture") }
      if !isThere, let other = path.fileExtension, Self.isPicture(other) {
        throw SetupError("\(output.output): pictures are written as .jpg, .png or .webp")
      }
      target = .folder(path)
      try refuseFolderInside()
    }
    return OutputNames(target: target, kind: output.format.kind, roots: roots)
  }

  /// Whether a file's name ends so where it is a picture of a kind that is not written.
  private static func isPicture(_ ending: String) -> Bool {
    ImageFormat.allCases.contains { $0.extensions.contains(ending) }
      || ["gif", "avif", "heic", "heif", "jxl", "svg"].contains(ending)
  }

  private func requireOneFile(_ why: String) throws(SetupError) {
    var isFolder: ObjCBool = false
    let isOne =
      input.paths.count == 1 && input.filesFrom.isEmpty && input.paths[0] != "-"
      && !(FileManager.default.fileExists(atPath: input.paths[0], isDirectory: &isFolder) && isFolder.boolValue)
    guard isOne else { throw SetupError("\(why); several inputs or a folder go to a folder: -o DIR") }
  }

  /// A run would find its own results, or write over its inputs.
  private func refuseFolderInside() throws(SetupError) {
    func real(_ path: String) -> String {
      URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
    }
    let folder = real(output.output)
    for path in input.paths where path != "-" {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { continue }
      let root = isFolder.boolValue ? real(path) : nil
      if let root, folder == root || folder.hasPrefix(root == "/" ? root : root + "/") {
        throw SetupError("the output folder \(output.output) lies in the input folder \(path)")
      }
    }
  }

  /// Whether all names are known to differ. Throws where two are the same.
  private func checkNames(_ names: OutputNames) throws(SetupError) -> Bool {
    if output.onExists == .rename || input.paths.contains("-") || input.filesFrom.contains("-") { return false }
    let found = try names.collisions { () throws(SetupError) in try input.feed(maxFileSize: pipeline.maxFileSize) }
    guard let first = found.first else { return true }
    let others = found.dropFirst().map { "\n  \($0.inputs[0]) and \($0.inputs[1])" }.joined()
    throw SetupError(
      "\(first.inputs[0]) and \(first.inputs[1]) would both become \(first.output)\(others)\n"
        + "Choose another --format, run them apart, or say --on-exists rename.")
  }

  private func records() throws(SetupError) -> ByteOutput? {
    if let path = output.records, path != "-" { return try ByteOutput(path: RawPath(path)) }
    return output.output == "-" ? nil : ByteOutput(descriptor: 1)
  }

  /// `--dry-run`: each input and where it would go.
  private func listOutputs(_ names: OutputNames, stop: StopToken) throws(SetupError) -> ExitStatus {
    let bytes = ByteOutput(descriptor: 1)
    let feed = try input.feed(maxFileSize: pipeline.maxFileSize)
    var count = 0
    do throws(SinkError) {
      while !stop.isRequested, let item = feed.next() {
        count += 1
        let output = names.output(for: item.path).path?.bytes ?? [UInt8(ascii: "-")]
        try bytes.write(item.path.bytes + [UInt8(ascii: "\t")] + output + [UInt8(ascii: "\n")])
      }
      try bytes.finish()
    } catch {
      if case .failed(let message) = error { throw SetupError(message) }
      return .done
    }
    return stop.isRequested ? .interrupted : count == 0 ? .noImages : .done
  }

  // MARK: The end

  private func finish(_ report: RunReport, ignored: Int, choices: [Summary.Choice]) throws(SetupError) -> ExitStatus {
    let summary = Summary(report, ignored: ignored, choices: choices)
    if let path = runOptions.summary { try AtomicFile.write(summary.json, to: RawPath(path)) }
    if let path = runOptions.metrics { try AtomicFile.write(summary.metrics, to: RawPath(path)) }
    if report.stop == .closedPipe { return .done }
    if report.stop == .sinkFailed { throw SetupError(report.sinkMessage ?? "the records cannot be written") }
    if !runOptions.quiet, runOptions.logFormat == .text, summary.inputs > 0 { Console.raw(summary.text) }
    if report.stop == .interrupted { return .interrupted }
    if report.stop == .failureBudget {
      throw SetupError("gave up: \(report.failed) of \(report.ok + report.failed) images failed")
    }
    if report.inputs == 0 {
      if !runOptions.quiet { Console.note("no images among the inputs") }
      return .noImages
    }
    return report.failed > 0 ? .partialFailure : .done
  }
}

/// Where standard output is the picture.
private final class NoRecords: Sink {
  func write(_ outcome: Outcome) throws(SinkError) {
    if let failure = outcome.failure { Console.note("\(outcome.path): \(failure.message)") }
  }
  func flush() throws(SinkError) {}
  func finish() throws(SinkError) {}
}
