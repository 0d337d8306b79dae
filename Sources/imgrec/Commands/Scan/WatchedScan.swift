import Inputs
import Logging
import Outputs
import Pipeline
import Platform
import Recognition

/// What `--watch` adds to a scan: the feed that does not end, and the file that is continued and replaced by the next.
struct WatchedScan {
  let feed: FolderWatch
  /// Folders that the run writes into, and does not watch.
  let leftOut: Set<FileIdentity>
  /// Bytes of the records' file that stay in it.
  private(set) var end = 0
  /// Time before which no earlier run of this watch read an image, in nanoseconds since 1970.
  let began: Int64?
  private let pattern: OutputPattern?
  private let scan: ScanCommand
  private let records: OutputFile?

  /// Walks over the folders, and reads the records of earlier runs. `records` is the file that is continued; nil:
  /// standard output, and all images of the folders are read at each start.
  init(
    _ scan: ScanCommand, _ records: OutputFile?, _ folders: FolderOutputs, stop: StopToken
  ) throws(SetupError) {
    let (options, logger) = (scan.runOptions, scan.runOptions.logger)
    self.scan = scan
    self.records = records
    pattern = try scan.watching.pattern(scan.output)
    leftOut = try folders.makeLeftOut(quiet: options.quiet)
    let earlier = pattern.map { WatchedRecords($0) }
    began = earlier?.began
    feed = try scan.watching.feed(
      scan.input, maxFileSize: scan.pipeline.maxFileSize, leaveOut: leftOut, newSince: began ?? clockNanoseconds(),
      stop: stop, logger: logger)
    guard let earlier, let records else { return }
    let feed = feed
    end = try earlier.read(
      continuing: records, begin: feed.beginRemembering,
      record: { path, digest in
        feed.remember(path, digest: digest)
        return feed.unknownCount > 0
      })
    guard let first = earlier.compressed.first else { return }
    logger.warning(
      "\(first) is compressed and not read: what it has records of, and is in the folders still, is processed again")
  }

  /// The feed, which looks digests up in the cache rather than read files for them.
  func feed(_ cache: CacheConfiguration?) -> any Feed {
    if let store = cache?.store { feed.knownDigest = { store.digests(of: [$0]).first ?? nil } }
    return feed
  }

  /// The sink of the records: `first` writes the file that is open, and `make` one of a file that follows.
  func rotated(
    _ first: any Sink, _ reopening: Reopening?, _ make: @escaping (ByteOutput) throws(SetupError) -> any Sink
  ) -> any Sink {
    guard let pattern else { return first }
    let scan = scan
    let sink = RotatedSink(
      first, firstName: records?.path ?? pattern.text, name: { pattern.path(at: $0) },
      open: { due throws(SetupError) in
        try pattern.makeFolder(of: due)
        var checks = OutputFiles(inputs: scan.inputFiles(), overwrites: false)
        let file = try checks.open(due, flag: "-o", kind: .records, resuming: true)
        let bytes = ByteOutput(file, after: file.size)
        try bytes.begin()
        if !scan.runOptions.quiet, Console.form == .json {
          Console.print(LogEntry(.info, .outputReopened, "writing records to another file", path: file.path))
        }
        return try make(bytes)
      })
    reopening?.set { sink.reopen() }
    return sink
  }
}

extension WatchNotice {
  var level: Logger.Level {
    switch self {
    case .started, .returned: .notice
    case .lost: .info
    case .gone, .remote, .unwatched: .warning
    }
  }

  var text: String {
    switch self {
    case .started(let folders): "watching \(SummaryLine.counted(folders, "folder"))"
    case .lost: "changes came faster than they could be taken; walking over the folders"
    case .gone(let path): "\(path) is gone; waiting until it is there again"
    case .returned(let path): "\(path) is there again"
    case .remote(let path, let kind):
      "\(path) is on \(kind), whose changes by other machines the system does not report: the folders are walked at an "
        + "interval (--poll)"
    case .unwatched(let path, let limit?, _):
      "\(path) and others cannot be watched and are walked at an interval (--poll); raise the limit: "
        + "sysctl \(limit)=1048576"
    case .unwatched(let path, nil, let reason):
      "\(path) cannot be watched (\(reason)) and is walked at an interval (--poll)"
    }
  }
}
