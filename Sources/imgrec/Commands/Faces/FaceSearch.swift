import Codecs
import Foundation
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

  let store: ModelStore
  let task: TaskPlan

  init(_ options: FaceOptions) throws(SetupError) {
    store = try .standard()
    let assembly = Assembly(store: store, pulls: options.pull)
    let card = try store.card(options.model ?? TaskKind.faces.defaultModel)
    guard card.task == .faces, card.step == nil else { throw SetupError("\(card.name) does not detect faces") }
    if options.pull { try store.pull(card) }
    let model = try store.load(card)
    var models: ModelOptions
    do { models = try ModelOptions.parse([]) } catch { throw SetupError("\(error)") }
    models.engine = options.engine
    let workers = Assembly.Workers(memory: Self.memory)
    var task = try assembly.task(model, options: models, workers: workers)
    try options.identity.addIdentifier(to: &task, by: assembly, options: models, workers: workers)
    self.task = task
  }

  /// The name under which a gallery records the network that made its vectors.
  var reference: String { task.steps[0].model.reference }

  /// Calls `body` once per image, in the order of the inputs, with its faces.
  ///
  /// - Returns: What was left undone, if the run was interrupted.
  /// - Throws: `SetupError` if there are no images.
  func run(_ paths: [String], _ body: @escaping (Outcome, [Detection]) -> Void) throws(SetupError) -> InterruptionNote?
  {
    let stop = StopToken()
    let interrupt = SignalHandler(stop: stop, quiet: true)
    defer { withExtendedLifetime(interrupt) {} }
    let feed = DirectoryWalk(
      paths.map { .path(RawPath($0)) }, options: WalkOptions(), sniff: FormatSniffer.format(of:))
    let cores = HostInfo.cores
    let plan = ScanConfiguration(
      tasks: [task], readers: 1, decoders: cores, maxBatch: Int.max, batchPixels: 24_000_000, memory: Self.memory,
      maxFileSize: 256 << 20, keepsOrder: true)
    let report = ScanPipeline(configuration: plan, feed: feed, sink: Collector(body), stop: stop, metrics: RunMetrics())
      .run()
    if report.stop == .interrupted {
      let note = InterruptionNote(report)
      // A signal after the last image changes nothing.
      if !note.isEmpty { return note }
    }
    if report.inputs == 0 { throw SetupError(feed.noImagesMessage) }
    Console.summary(SummaryLine(report))
    return nil
  }

  /// Formats path, name, distance and box, separated by tabs; name and distance are "-" without a match.
  static func line(_ outcome: Outcome, _ match: (name: String, distance: Float)?, _ face: Detection) -> String {
    let box = [face.box.x, face.box.y, face.box.width, face.box.height].map { "\(Int($0.rounded()))" }
    let person = match.map { "\t\($0.name)\t\((Double($0.distance) * 1000).rounded() / 1000)" } ?? "\t-\t-"
    return "\(outcome.path)\(person)\t\(box.joined(separator: ","))"
  }

  /// Forwards each outcome, in the order of the inputs.
  private final class Collector: Sink {
    private let body: (Outcome, [Detection]) -> Void

    init(_ body: @escaping (Outcome, [Detection]) -> Void) { self.body = body }

    func write(_ outcome: Outcome) {
      guard case .success(let answers) = outcome.result, case .detections(let faces)? = answers.first?.findings else {
        return body(outcome, [])
      }
      body(outcome, faces)
    }

    func flush() {}
    func finish() {}
  }
}
