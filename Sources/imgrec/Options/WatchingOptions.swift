import ArgumentParser
import Codecs
import Inputs
import Logging
import Outputs
import Pipeline
import Platform
import Recognition

/// Runs that do not end: folders that are watched.
struct WatchingOptions: ParsableArguments {
  @Flag(help: "Keep running: read also what comes into the folders, once it has settled.")
  var watch = false

  @Flag(
    name: .customLong("new"),
    help: "With --watch: leave out what was there before the output file was, or without one before the start.")
  var onlyNew = false

  @Option(
    help: .init(
      "With --watch: time for which a file must not change before it is read (default: 2s).", valueName: "time"),
    transform: ArgumentParsing.time(0.01...86_400))
  var settle: Double?

  @Option(
    help: .init(
      "With --watch: also walk the folders at this interval (default: 10s where the system reports no changes, as on NFS).",
      valueName: "time"), transform: ArgumentParsing.time(0.1...86_400))
  var poll: Double?
}

extension WatchingOptions {
  /// The name of the records' file with the time in it; nil without `--watch`, or for standard output.
  func pattern(_ output: OutputOptions) throws(SetupError) -> OutputPattern? {
    guard watch, let path = output.file else { return nil }
    do throws(OutputPattern.Problem) { return try OutputPattern(path) } catch { throw error.asSetupError(path) }
  }

  /// Walks over the folders of `input`, and watches them. `since`: what is older is left out with `--new`, in nanoseconds
  /// since 1970.
  func feed(
    _ input: InputOptions, maxFileSize: Int, leaveOut: Set<FileIdentity>, newSince since: Int64, stop: StopToken,
    logger: Logger
  ) throws(SetupError) -> FolderWatch {
    var settings = WatchSettings()
    if let settle { settings.settle = settle }
    settings.interval = poll
    if onlyNew { settings.newSince = since }
    let feed = FolderWatch(
      RawArguments().paths(input.paths), options: input.walkOptions(maxFileSize: maxFileSize, leaveOut: leaveOut),
      settings: settings, shouldContinue: { !stop.isRequested }, sniff: FormatSniffer.format(of:))
    feed.onNotice = { logger.log(level: $0.level, "\($0.text)") }
    try feed.prepare()
    return feed
  }

  /// Reports how a watch ended that was asked to.
  func noteEnd(_ report: RunReport, _ options: RunOptions) {
    guard !options.quiet, report.dropped > 0 else { return }
    let images = report.dropped == 1 ? "1 image was" : "\(report.dropped) images were"
    options.logger.notice("\(images) not processed; the next start of the same command begins with them")
  }
}

extension OutputPattern.Problem {
  func asSetupError(_ path: RawPath) -> SetupError {
    .usage(
      "-o \(path): \(conversion) is no part of a name that --watch replaces by the time",
      "Use %Y, %m, %d, %H, %M, %j, %G, %V or %F, and %% for a percent sign.")
  }
}

extension OutputPattern {
  /// The name that holds now. Makes the folders with a time in their names.
  func currentFile() throws(SetupError) -> RawPath {
    let file = path(at: clockSeconds())
    try makeFolder(of: file)
    return file
  }

  /// Makes the folders of `file` with a time in their names.
  func makeFolder(of file: RawPath) throws(SetupError) {
    var status = stat()
    guard isTimed, LongPath.examine(fixedFolder, &status) == 0 else { return }
    do throws(FileError) { try AtomicFile.makeFolder(file.parent) } catch { throw SetupError("cannot write \(error)") }
  }
}
