import ArgumentParser
import Codecs
import Inputs
import Outputs
import Pipeline
import Platform
import Recognition

/// `imgrec pack`: copies many images into few files, which are faster to read.
struct PackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack", abstract: "Pack many images into tar, TFRecord or LMDB files.",
    discussion: """
      Copies the images that scan would read, unchanged, into few large files (shards), which are faster to copy and to \
      read. A shard gets its name when it is complete.

      Examples:
        imgrec pack photos -o shards/%06d.tar
        imgrec pack photos -o photos.lmdb
        imgrec pack --shard-size 256M old.tar -o train/%05d.tfrecord

      Exit status: 0 done, 1 some inputs failed, 2 could not start or continue, 3 no images, 64 usage,
      130 interrupted.
      """)

  /// Bytes.
  private static let defaultShardSize = 1 << 30

  @OptionGroup(title: "Inputs") var input: InputOptions

  @Option(
    help: .init("Refuse files larger than this (default: 256M).", valueName: "size"),
    transform: ArgumentParsing.bytes(bareFrom: 1024))
  var maxFileSize: Int = 256 << 20

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: .init(
      "Files to write, such as shards/%06d.tar, with %06d for the number. The ending says the format: tar, tfrecord, lmdb.",
      valueName: "shards"),
    completion: .file())
  var output: String

  @Option(
    help: .init("Begin another shard before one exceeds this size (default: 1G).", valueName: "size"),
    transform: ArgumentParsing.bytes(bareFrom: 1024))
  var shardSize: Int?

  @Option(
    help: .init("Begin another shard after this number of images.", valueName: "n"), transform: ArgumentParsing.count)
  var shardCount: Int?

  @Option(help: "Action if a shard exists; skip packs what is in none of them, rename numbers from the last one.")
  var onExists: OnExists = .error

  @Option(help: "Progress on standard error (default: bar on a terminal).")
  var progress: RunOptions.ProgressForm?
  @OptionGroup var log: LogOptions

  @Flag(name: [.short, .long], help: "Print errors only: no summary, no progress.")
  var quiet = false

  func run() throws {
    let stop = StopToken()
    let interrupt = SignalHandler(stop: stop, quiet: quiet)
    defer { withExtendedLifetime(interrupt) {} }
    try ExitStatus.report {
      try input.rules("imgrec pack -o SHARDS").check()
      return try pack(stop: stop)
    }
  }

  private func pack(stop: StopToken) throws(SetupError) -> ExitStatus {
    let target = try PackTarget(output, onExists: onExists)
    try rules(isSingle: target.pattern.isSingle).check()
    if target.pattern.isSingle, let shard = target.earlier.first {
      if !quiet { Console.note(TerminalText.escaped("\(shard) exists and is left as it is; nothing was packed")) }
      return .done
    }
    let isSingle = target.pattern.isSingle
    let shards = ShardSeries(
      target.pattern, form: target.form, first: target.first,
      limits: .init(
        bytes: isSingle ? Int.max : shardSize ?? Self.defaultShardSize, images: shardCount ?? Int.max),
      onExists: isSingle || onExists == .overwrite ? onExists : .error, inputs: input.files())
    try shards.check()
    let feed = try input.feed(maxFileSize: maxFileSize)
    let metrics = RunMetrics()
    let form = progress ?? (quiet ? .none : .standard)
    let display = Progress(
      form: form, metrics: metrics, total: input.countInBackground(if: form != .none, maxFileSize: maxFileSize))
    let copy = PackRun(
      feed: feed, form: target.form, reader: ItemReader(maxBytes: maxFileSize), metrics: metrics, stop: stop,
      earlier: try target.earlierNames())
    stop.attend()
    let names: PackNames
    do throws(SetupError) {
      names = try copy.run(into: shards, names: PackNames(input))
      if !stop.isRequested { try shards.finish() }
    } catch {
      display.end()
      guard shards.total.shards > 0, !isSingle else { throw error }
      throw SetupError("\(error)\n\(advice(shards))")
    }
    display.end()
    return finish(metrics.report, feed, shards, target, names, isInterrupted: stop.isRequested)
  }

  private func finish(
    _ report: RunReport, _ feed: DirectoryWalk, _ shards: ShardSeries, _ target: PackTarget, _ names: PackNames,
    isInterrupted: Bool
  ) -> ExitStatus {
    if !quiet, report.inputs > 0 {
      var line = SummaryLine(report)
      line.verb = "packed"
      line.skippedBecause = "in earlier shards"
      line.details = [
        SummaryLine.counted(shards.total.shards, "shard") + ", " + SummaryLine.size(shards.total.bytes)
      ]
      Console.summary(line)
      if feed.tally.ignored.total > 0 { Console.message("ignored: \(feed.tally.ignored.text)\n") }
      if names.renamed > 0 {
        Console.note("\(SummaryLine.counted(names.renamed, "name")) got a number, as another input has the same name")
      }
    }
    if isInterrupted {
      Console.note("interrupted: " + advice(shards))
      return .interrupted
    }
    if !quiet, onExists == .overwrite, let other = target.leftOver(after: shards.total.shards).first {
      Console.note(TerminalText.escaped("\(other) and the shards after it are of an earlier run; remove them"))
    }
    if report.inputs == 0 {
      if !quiet { Console.error(TerminalText.escaped(feed.noImagesMessage)) }
      return .noImages
    }
    return report.failed > 0 ? .partialFailure : .done
  }

  /// What a run that ended early leaves, and how to continue.
  private func advice(_ shards: ShardSeries) -> String {
    guard shards.total.shards > 0 else { return "no shard is complete; run it again" }
    let whole = SummaryLine.counted(shards.total.shards, "shard")
    let verb = shards.total.shards == 1 ? "is" : "are"
    return "\(whole) with \(SummaryLine.counted(shards.total.images, "image")) \(verb) complete; "
      + "--on-exists skip packs the rest"
  }
}
