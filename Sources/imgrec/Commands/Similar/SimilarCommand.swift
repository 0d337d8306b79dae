import ArgumentParser
import Outputs
import Pipeline
import Platform
import Recognition

extension PerceptualHash: ExpressibleByArgument {}

extension SimilarFormat: ExpressibleByArgument, ListingFormat {
  static var filed: SimilarFormat { .jsonl }
  static var piped: SimilarFormat { .jsonl }
}

/// `imgrec similar`: groups near duplicates by their perceptual hashes.
struct SimilarCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "similar", abstract: "Find near duplicates; nothing is deleted.",
    discussion: """
      Prints one JSON object per group, on a terminal a table: the image to keep first, and for each image the distance \
      of its hash from that of the first, in bits. Two images are in one group if a chain of images joins them, each \
      within --distance of the next. Pictures of one colour are compared by it.

      Examples:
        imgrec similar photos
        imgrec similar photos -o groups.csv
        imgrec similar photos --format paths     # all but the image to keep
        imgrec similar photos --mirrored

      Exit status: 0 done, 1 some inputs failed, 2 could not start or continue, 3 no images, 64 usage,
      130 interrupted.
      """)

  enum Keep: String, ExpressibleByArgument, CaseIterable { case largest, oldest }

  @OptionGroup(title: "Inputs") var input: InputOptions
  @OptionGroup(title: "Pipeline") var pipeline: PipelineOptions
  @Option(help: "Perceptual hash; average and phash have 64 bits, block has 256.") var hash: PerceptualHash = .phash
  @Option(
    help: .init("Maximum distance of two hashes in bits (default: a 16th of the hash's length).", valueName: "n"),
    transform: ArgumentParsing.int(0...32))
  var distance: Int?
  @Flag(help: "Find mirrored copies too (left and right exchanged).") var mirrored = false
  @Option(help: "Image of a group that comes first.") var keep: Keep = .largest
  @Option(help: "Format of the groups (default: table on a terminal, else by the ending of -o, else jsonl).")
  var format: SimilarFormat?
  @Flag(help: "With --format paths: end each path with NUL (for xargs -0).") var print0 = false
  @OptionGroup(title: "Output") var listing: ListingOptions

  private func rules() -> [OptionRule] {
    [
      .needs("--print0", print0, "--format paths", format == .paths),
      OptionRule(
        input.null && !input.readsLists, "-0 needs a list of paths",
        "Add '-' to read one from standard input; --print0 ends each printed path with NUL."),
    ] + input.rules("imgrec similar") + pipeline.rulesWithoutNetwork("imgrec similar")
  }

  func run() throws {
    let stop = StopToken()
    let interrupt = SignalHandler(stop: stop, quiet: listing.quiet)
    defer { withExtendedLifetime(interrupt) {} }
    try ExitStatus.report {
      try rules().check()
      return try find(stop: stop)
    }
  }

  private func find(stop: StopToken) throws(SetupError) -> ExitStatus {
    let output = try listing.open(.groups, inputs: input.files())
    let metrics = RunMetrics()
    let feed = try input.feed(maxFileSize: pipeline.maxFileSize)
    let images = try FingerprintedImages(bits: hash.bits, findsMirrored: mirrored)
    let form = listing.progressForm(tableOnTerminal: false)
    let progress = Progress(
      form: form, metrics: metrics,
      total: input.countInBackground(if: form != .none, maxFileSize: pipeline.maxFileSize))
    let fingerprints = FingerprintPipeline(
      feed: feed, hash: hash, findsMirrored: mirrored, limits: pipeline.limits, maxFileSize: pipeline.maxFileSize,
      stop: stop, metrics: metrics
    ) { path, result in
      switch result {
      case .success(let fingerprint): if !images.append(fingerprint) { stop.request(.sinkFailed) }
      case .failure(let failure): listing.note("\(path): \(failure.code.rawValue): \(failure.message)")
      }
    }
    fingerprints.run(workers: pipeline.decoders ?? HostInfo.cores)
    progress.end()
    if let problem = images.problem { throw problem }
    let report = metrics.report
    if stop.isRequested {
      Console.note("interrupted after \(report.inputs) images: no groups are printed; run it again")
      return .interrupted
    }
    // From here nothing is left to drain.
    stop.attend(false)

    let writer = SimilarGroupWriter(
      output, format: listing.format(format, for: output), hash: hash, keep: keep.rawValue,
      marksMirrored: mirrored, nulTerminated: print0)
    var (groups, duplicates) = (0, 0)
    do throws(SinkError) {
      for group in images.groups(within: distance ?? hash.bits / 16, keep: keep) {
        groups += 1
        duplicates += group.images.count - 1
        try writer.write(group)
      }
      try writer.finish()
    } catch {
      if case .failed(let message) = error { throw SetupError(message) }
      return .done
    }
    if !listing.quiet, report.inputs > 0 {
      let found =
        groups == 0
        ? ["no near duplicates"]
        : [SummaryLine.counted(groups, "group"), SummaryLine.counted(duplicates, "duplicate")]
      var line = SummaryLine(report)
      line.details += found
      Console.summary(line)
      if feed.tally.ignored.total > 0 { Console.message("ignored: \(feed.tally.ignored.text)\n") }
    }
    if report.inputs == 0 {
      if !listing.quiet { Console.error(TerminalText.escaped(feed.noImagesMessage)) }
      return .noImages
    }
    return report.failed > 0 ? .partialFailure : .done
  }
}
