import ArgumentParser
import Inputs
import Outputs
import Pipeline
import Platform
import Recognition

/// `imgrec scan`: recognises what is in images, and writes one record per input.
struct ScanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan", abstract: "Recognise what is in images, by one or more tasks.",
    discussion: """
      Writes one record per input to standard output, one per line; everything else goes to standard error.

      Examples:
        imgrec scan photos | jq -r 'select(.classify[0].score > .5) | [.path, .classify[0].label] | @tsv'
        imgrec scan --task classify,faces photos -o records.jsonl
        find . -name '*.jpg' -print0 | imgrec scan -0 -
        imgrec scan --watch /srv/camera -o 'records-%Y%m%d.jsonl'

      Exit status: 0 done, 1 some inputs failed, 2 could not start or continue, 3 no images, 64 usage,
      130 interrupted.
      """)

  @OptionGroup(title: "Inputs") var input: InputOptions
  @OptionGroup(title: "Inputs") var pageChoice: PageOptions
  @OptionGroup(title: "Watching") var watching: WatchingOptions
  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Second models") var secondModels: SecondModelOptions
  @OptionGroup(title: "Faces") var faces: IdentityOptions
  @OptionGroup(title: "Faces") var traits: FaceAttributeOptions
  @OptionGroup(title: "Pipeline") var pipeline: PipelineOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Output") var exif: ExifOptions
  @OptionGroup(title: "Cache") var cache: CacheOptions
  @OptionGroup(title: "Cache") var resuming: ResumeOptions
  @OptionGroup(title: "Files") var artifacts: ArtifactOptions
  @OptionGroup(title: "Many machines") var queued: QueuedScanOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions
  @OptionGroup(title: "Run") var listening: ListenOptions

  mutating func validate() {
    // A .txt file may hold records of other tasks; of text it holds the text.
    if output.formatOption == nil, model.task.contains(.text), output.output?.lowercased().hasSuffix(".txt") == true {
      output.formatOption = .text
    }
  }

  func run() throws {
    let stop = StopToken()
    let reopening = watching.watch && output.file != nil ? Reopening() : nil
    let interrupt = SignalHandler(
      stop: stop, quiet: runOptions.quiet, isEndless: watching.watch, reopening: reopening)
    defer { withExtendedLifetime(interrupt) {} }
    runOptions.bootstrapLogging()
    try ExitStatus.report {
      try checkUsage()
      return try scan(stop: stop, reopening: reopening)
    }
  }

  private func scan(stop: StopToken, reopening: Reopening?) throws(SetupError) -> ExitStatus {
    if runOptions.dryRun { return try listInputs(stop: stop) }
    if !runOptions.quiet { output.noteOverriddenEnding() }
    if let url = queued.queue { return try scanQueued(url, stop: stop) }
    let folders = FolderOutputs(
      input: input, artifacts: artifacts, output: output, maxFileSize: pipeline.maxFileSize)
    let namesAreDistinct = try folders.check(isResuming: resuming.resume || watching.watch)
    let metrics = RunMetrics()
    let monitor = try RunMonitor.start(
      listening, command: "scan", metrics: metrics, stop: stop, logger: runOptions.logger)
    defer { monitor?.end() }
    let assembly = Assembly(store: try .standard(), pulls: model.pull)
    let files = try openFiles(assembly.store)
    let model = secondModels.models(self.model)
    var (tasks, decoders, maxBatch) = try assembly.tasks(model, pipeline: pipeline) {
      task, workers throws(SetupError) in
      guard task.task == .faces else { return }
      try faces.add(to: &task, by: assembly, options: model, workers: workers)
      try traits.add(to: &task, by: assembly, options: model, workers: workers)
    }
    try secondModels.add(
      to: &tasks, by: assembly, options: model, pipeline: pipeline, logger: runOptions.logger)
    let earlier = try resuming.records(in: files.records, tasks, pages: pageChoice.pages, exif: exif.exif)
    let watch = try watching.watch ? WatchedScan(self, files.records, folders, stop: stop) : nil
    let bytes = files.records.map { ByteOutput($0, after: earlier?.end ?? watch?.end ?? 0) } ?? ByteOutput()
    let annotator: (any Annotator)? =
      artifacts.isRequested
      ? ArtifactWriter(
        folders.artifacts, tree: folders.tree, onExists: output.onExists,
        // Names of pages are known only when the file has been read.
        namesAreDistinct: namesAreDistinct && pageChoice.pages == .first,
        resumesSince: earlier?.since ?? watch?.began) : nil
    // Cached answers have no picture to draw on.
    let isCached = annotator == nil && output.format?.holdsAnnotations != true
    var cacheConfiguration =
      try isCached
      ? assembly.cache(
        cache, tasks: tasks, limits: pipeline.limits,
        format: output.format(for: bytes), logger: runOptions.logger) : nil
    cacheConfiguration?.readsExif = exif.exif
    var plan = ScanConfiguration(
      tasks: tasks, limits: pipeline.limits, readers: min(2, decoders), decoders: decoders,
      maxBatch: maxBatch, batchPixels: pipeline.batchPixels, memory: pipeline.memory,
      maxFileSize: pipeline.maxFileSize, keepsOrder: output.order == .input, failureBudget: runOptions.failureBudget,
      warmsUp: pipeline.warmup, cache: cacheConfiguration)
    plan.annotator = annotator
    plan.pages = pageChoice.pages
    plan.readsExif = exif.exif
    plan.similar = secondModels.similar(for: tasks, quiet: runOptions.quiet)
    // The leader of similar images is decided in the order of the inputs.
    if plan.similar != nil { plan.readers = 1 }
    // Annotated copies have the size of the image.
    if plan.annotator != nil { plan.pictureSide = nil }
    let choices = assembly.choices(plan)
    monitor?.show(plan, choices: choices)
    if !runOptions.quiet { exif.noteUnwritten(output.format(for: bytes)) }
    if runOptions.verbose {
      for choice in choices { runOptions.logger.info("\(choice.name) \(choice.value)") }
    }

    Assembly.log(plan, quiet: runOptions.quiet)
    let leftOut = if let watch { watch.leftOut } else { try folders.makeLeftOut(quiet: runOptions.quiet) }
    let walk = try input.feed(
      maxFileSize: pipeline.maxFileSize, leaveOut: leftOut)
    let feed = watch?.feed(cacheConfiguration) ?? earlier?.feed(walk, maxBytes: pipeline.maxFileSize) ?? walk
    let labels = tasks.map { ModelLabels(task: $0.task, names: $0.model.labels) }
    func makeSink(_ bytes: ByteOutput) throws(SetupError) -> any Sink {
      try output.sink(
        to: bytes, labels: labels, tree: folders.tree, namesAreDistinct: namesAreDistinct, exif: exif.exif)
    }
    var sink = try makeSink(bytes)
    if let watch { sink = watch.rotated(sink, reopening, makeSink) }
    let unread = UnreadKinds(next: sink, named: RawArguments().paths(input.paths))
    sink = unread
    if let vectors = files.vectors { sink = try NumPySink(vectors, next: sink) }
    if let earlier { sink = ResumeSink(sink, output: bytes, index: earlier.index) }
    sink = FailureLog.around(sink, quiet: runOptions.quiet)
    // The outermost, as it needs to know of what has no record.
    if let watch { sink = WatchSink(sink, watch: watch.feed) }
    let form = runOptions.progressForm(tableOnTerminal: bytes.isTerminal || watching.watch)
    let total = input.countInBackground(
      if: form != .none && !watching.watch, maxFileSize: pipeline.maxFileSize, leaveOut: leftOut)
    let progress = Progress(form: form, metrics: metrics, total: total)
    try bytes.begin()
    RunReady.note(watching.watch ? "watching" : "scanning", quiet: runOptions.quiet)
    monitor?.show(ignored: { [tally = watch?.feed.tally ?? walk.tally] in tally.ignored })
    monitor?.ready()
    let run = ScanPipeline(configuration: plan, feed: feed, sink: sink, stop: stop, metrics: metrics)
    // The process ends after it: releasing its networks would cost 20 ms.
    _ = Unmanaged.passRetained(run)
    var report = run.run()
    progress.end()
    cacheConfiguration?.store.close()
    report.storeFaults = cacheConfiguration?.store.faults ?? 0
    if let earlier, report.stop == nil {
      earlier.arrange(keepsOrder: output.order == .input, logger: runOptions.logger)
    }
    return try finish(
      report, walk: walk, tally: watch?.feed.tally ?? walk.tally, earlier: earlier?.index.matched ?? 0,
      reports: files.reports, choices: choices, networks: plan.networks, unread: unread)
  }

  /// Writes the summary; returns the exit status.
  private func finish(
    _ report: RunReport, walk: DirectoryWalk, tally: WalkTally, earlier: Int, reports: ReportFiles,
    choices: [Summary.Choice], networks: [RunNetwork], unread: UnreadKinds
  ) throws(SetupError) -> ExitStatus {
    var report = report
    let interruption = InterruptionNote(report)
    report.skip(earlier)
    var summary = Summary(
      report, ignored: tally.ignored, choices: choices, isCascade: secondModels.cascade != nil)
    summary.networks = networks
    try reports.write(summary, of: "scan")
    switch report.stop {
    case .closedPipe: return .done
    case .sinkFailed: throw SetupError(report.sinkMessage ?? "the records cannot be written")
    case .interrupted, .failureBudget, nil: break
    }
    if !runOptions.quiet, report.inputs > 0 {
      Console.summary(summary, details: runOptions.verbose)
    }
    if !runOptions.quiet, Console.form == .text {
      unread.note(ignored: runOptions.verbose || report.inputs == 0 ? tally.ignored : IgnoredKinds())
    }
    switch report.stop {
    case .interrupted:
      if watching.watch {
        watching.noteEnd(report, runOptions)
        return .done
      }
      interruption.print(adviceAfterInterruption)
      return .interrupted
    case .failureBudget:
      throw SetupError("gave up: \(report.failed) of \(report.ok + report.failed) images failed")
    case .closedPipe, .sinkFailed, nil: break
    }
    if report.inputs == 0, !watching.watch {
      if !runOptions.quiet { Console.error(TerminalText.escaped(walk.noImagesMessage)) }
      return .noImages
    }
    return report.failed > 0 ? .partialFailure : .done
  }

  /// How to continue after an interrupt.
  private var adviceAfterInterruption: String {
    if let file = output.output, file != "-", output.format?.isResumable != false, output.npy == nil {
      return "run it again with --resume"
    }
    return "run it again (with -o FILE, such a run is continued by --resume)"
  }

  /// `--dry-run`: prints the paths only.
  private func listInputs(stop: StopToken) throws(SetupError) -> ExitStatus {
    stop.attend()
    let bytes = try openList().map { ByteOutput($0) } ?? ByteOutput()
    let feed = try input.feed(maxFileSize: pipeline.maxFileSize)
    var count = 0
    do throws(SinkError) {
      while !stop.isRequested, let item = feed.next() {
        count += 1
        try bytes.write(item.path)
      }
      try bytes.finish()
    } catch {
      if case .failed(let message) = error { throw SetupError(message) }
      return .done
    }
    if stop.isRequested { return .interrupted }
    guard count == 0 else { return .done }
    if !runOptions.quiet { Console.error(TerminalText.escaped(feed.noImagesMessage)) }
    return .noImages
  }
}
