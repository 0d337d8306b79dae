import Codecs
import Inputs
import ModelLibrary
import Outputs
import Pipeline
import Platform
import Recognition

/// Detects faces and computes their vectors with the pipeline of `scan`.
struct FaceSearch {
  /// Bytes of decoded pixels and tensors in flight.
  private static let memory = 1 << 30
  /// Bytes of a file.
  private static let maxFileSize = 256 << 20

  let store: ModelStore
  let task: TaskPlan
  let identity: IdentityOptions
  private let stop = StopToken()

  /// With `identifies`, the faces have the names of the gallery's people; else their vectors.
  init(_ options: FaceOptions, maxDistance: Double? = nil, identifies: Bool = false) throws(SetupError) {
    var identity = try options.identity(maxDistance: maxDistance)
    identity.identify = identifies
    let store = try ModelStore.standard()
    let assembly = Assembly(store: store, pulls: options.pull)
    let card = try store.card(options.model ?? TaskKind.faces.defaultModel)
    guard card.task == .faces, card.step == nil else { throw SetupError("\(card.name) does not detect faces") }
    if options.pull { try store.pull(card) }
    var model = try store.load(card)
    if options.precisionChoice.precision == .int8 { model = try model.quantised() }
    var models: ModelOptions
    do { models = try ModelOptions.parse([]) } catch { throw SetupError("\(error)") }
    models.engineChoice = options.engineChoice
    models.precision = options.precisionChoice.precision
    let workers = Assembly.Workers(memory: Self.memory)
    var task = try assembly.task(model, options: models, workers: workers)
    if identifies {
      try identity.add(to: &task, by: assembly, options: models, workers: workers)
    } else {
      try identity.addIdentifier(to: &task, by: assembly, options: models, workers: workers)
    }
    (self.store, self.task, self.identity) = (store, task, identity)
  }

  /// The name under which a gallery records the network that made its vectors.
  var reference: String { task.steps[0].model.reference }

  /// The files that a run reads, so that none of its outputs falls on one.
  static func files(_ input: InputOptions, _ options: FaceOptions) throws(SetupError) -> InputFiles {
    var files = input.files()
    if let model = options.model { files.add(RawArguments().path(model), role: "the network of this run or its card") }
    files.add(RawPath(try options.galleryChoice.path()), role: "the gallery of this run")
    return files
  }

  /// What a run did.
  struct Run {
    let report: RunReport
    let ignored: IgnoredKinds

    /// Prints the summary with what was found, unless it is not wanted; returns the exit status.
    func end(_ found: [String], _ listing: ListingOptions) -> ExitStatus {
      if !listing.quiet {
        var line = SummaryLine(report)
        line.details += found
        Console.summary(line)
        if ignored.total > 0 { Console.message("ignored: \(ignored.text)\n") }
      }
      return report.failed > 0 ? .partialFailure : .done
    }
  }

  /// Sends the images, in the order of the inputs, to `sink`.
  ///
  /// - Returns: What ended the run early: an interrupt, whose note is printed with `advice`, a closed pipe, or inputs
  ///   without images; nil if all is done.
  func run(
    _ input: InputOptions, _ listing: ListingOptions, tableOnTerminal: Bool, interrupted advice: String,
    into sink: any Sink
  ) throws(SetupError) -> (run: Run, ended: ExitStatus?) {
    let interrupt = SignalHandler(stop: stop, quiet: true)
    defer { withExtendedLifetime(interrupt) {} }
    let feed = try input.feed(maxFileSize: Self.maxFileSize)
    let plan = ScanConfiguration(
      tasks: [task], readers: 1, decoders: HostInfo.cores, maxBatch: Int.max, batchPixels: 24_000_000,
      memory: Self.memory, maxFileSize: Self.maxFileSize, keepsOrder: true)
    let metrics = RunMetrics()
    let form = listing.progressForm(tableOnTerminal: tableOnTerminal)
    let progress = Progress(
      form: form, metrics: metrics, total: input.countInBackground(if: form != .none, maxFileSize: Self.maxFileSize))
    let report = ScanPipeline(configuration: plan, feed: feed, sink: sink, stop: stop, metrics: metrics).run()
    progress.end()
    let run = Run(report: report, ignored: feed.tally.ignored)
    switch report.stop {
    case .interrupted:
      let note = InterruptionNote(report)
      // A signal after the last image changes nothing.
      if !note.isEmpty {
        note.print(advice)
        return (run, .interrupted)
      }
    case .closedPipe: return (run, .done)
    case .sinkFailed: throw SetupError(report.sinkMessage ?? "the output cannot be written")
    case .failureBudget, nil: break
    }
    if report.inputs == 0 {
      if !listing.quiet { Console.error(TerminalText.escaped(feed.noImagesMessage)) }
      return (run, .noImages)
    }
    return (run, nil)
  }
}

/// Forwards each outcome, in the order of the inputs, to a closure.
final class OutcomeCollector: Sink {
  private let body: (Outcome) -> Void

  init(_ body: @escaping (Outcome) -> Void) { self.body = body }

  func write(_ outcome: Outcome) { body(outcome) }
  func flush() {}
  func finish() {}
}

extension Outcome {
  /// The faces; empty if the image failed.
  var faces: [Detection] {
    guard case .detections(let faces)? = answers.first?.findings else { return [] }
    return faces
  }

  /// The same with other faces.
  func with(faces: [Detection]) -> Outcome {
    var copy = self
    if case .success(var answers) = result, !answers.isEmpty {
      answers[0].findings = .detections(faces)
      copy.result = .success(answers)
    }
    return copy
  }
}
