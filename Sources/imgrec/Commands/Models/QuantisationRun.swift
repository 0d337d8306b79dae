import EngineSupport
import ModelLibrary
import Pipeline
import Platform
import Recognition

/// The images of a quantisation: those that calibrate, and those that are held out.
struct QuantisationSample {
  /// Enough for a difference of a hundredth.
  private static let maxHeldOut = 1000
  /// Fewer say nothing about the accuracy.
  private static let leastImages = 25

  let calibrating: [Item]
  let heldOut: [Item]

  /// Every fifth image is held out; of the others up to `count` calibrate, from all parts of the folder.
  init(folder: String, calibrating count: Int) throws(SetupError) {
    let input: InputOptions
    do { input = try InputOptions.parse([folder]) } catch { throw SetupError("\(error)") }
    let walk = try input.feed(maxFileSize: 256 << 20, listing: nil)
    var items: [Item] = []
    while let item = walk.next() {
      if case .fault(let failure) = item.origin { throw SetupError("\(item.path): \(failure.message)") }
      items.append(item)
    }
    guard items.count >= Self.leastImages else {
      throw SetupError(
        "\(folder): \(items.count) images are too few: four of five calibrate, and the fifth is compared\n"
          + "Name a folder of \(Self.leastImages) or more, better of some hundred, with --images.")
    }
    let parts = Self.parts(items.count, calibrating: count)
    calibrating = parts.calibrating.map { items[$0] }
    heldOut = parts.heldOut.map { items[$0] }
  }

  /// The indices of both parts among `count` images.
  static func parts(_ count: Int, calibrating most: Int) -> (calibrating: [Int], heldOut: [Int]) {
    func spread(_ list: [Int], _ most: Int) -> [Int] {
      list.count <= most ? list : (0..<most).map { list[$0 * list.count / most] }
    }
    return (
      spread((0..<count).filter { $0 % 5 != 4 }, most), spread((0..<count).filter { $0 % 5 == 4 }, maxHeldOut)
    )
  }
}

/// Makes and compares the INT8 network of a model.
struct QuantisationRun {
  let model: LoadedModel
  let assembly: Assembly
  let sample: QuantisationSample

  /// Quantises by what the network sees of the calibrating images. Returns the file in `scratch`, and their number.
  func quantise(python: String, scratch: String) throws(SetupError) -> (file: String, count: Int) {
    // Memory for 256 MiB of samples; few large pages fill that, and are enough.
    let recorder = BenchSample.SlotRecorder(labels: model.labels.count)
    _ = run(model, [recorder], sample.calibrating, into: DiscardingSink())
    let slots = recorder.slots.flatMap(\.self)
    guard !slots.isEmpty else { throw SetupError("none of the images can be decoded; imgrec scan reports why") }
    Console.note("calibrating with \(recorder.count) images")
    var quantiser = try Quantiser(model, python: python, scratch: scratch)
    for slot in slots { try quantiser.add(slot) }
    return (try quantiser.run(), slots.count)
  }

  /// Runs both networks on the images that are held out.
  func compare(_ quantised: LoadedModel, calibrated: Int, truth: ClassTruth) throws(SetupError) -> QuantisationReport {
    var options: ModelOptions
    do { options = try ModelOptions.parse([]) } catch { throw SetupError("\(error)") }
    options.precision = .int8
    let use = try assembly.selection(for: quantised, options).use
    let workers = Assembly.Workers()
    let own = try assembly.task(alone(quantised), options: options, workers: workers).instances
    (options.engine, options.precision) = (use.kind, .f32)
    let first = try assembly.task(alone(model), options: options, workers: workers).instances
    var report = QuantisationReport(model: model, engine: use.kind, calibrated: calibrated)
    let (reference, answers) = (FindingsSink(), FindingsSink())
    _ = run(model, first, sample.heldOut, into: reference)
    _ = run(quantised, own, sample.heldOut, into: answers)
    for (index, item) in sample.heldOut.enumerated() {
      guard let a = reference.findings[index], let b = answers.findings[index] else { continue }
      report.add(a, b, truth: truth.label(of: item.path))
    }
    guard report.images > 0 else { throw SetupError("none of the images can be decoded; imgrec scan reports why") }
    let recorder = BenchSample.SlotRecorder(labels: model.labels.count)
    _ = run(model, [recorder], Array(sample.heldOut.prefix(16)), into: DiscardingSink())
    let batches = recorder.slots.flatMap(\.self).map { [$0] }
    report.rates = (
      NetworkLoad(first, batches: batches, seconds: 1).end(), NetworkLoad(own, batches: batches, seconds: 1).end()
    )
    return report
  }

  /// The model without its second stages: what is compared are its own answers.
  private func alone(_ model: LoadedModel) -> LoadedModel {
    var model = model
    (model.card.steps, model.card.optionalSteps) = (nil, nil)
    return model
  }

  private func run(_ model: LoadedModel, _ engines: [any Engine], _ items: [Item], into sink: any Sink) -> RunReport {
    let cores = HostInfo.cores
    let plan = ScanConfiguration(
      tasks: [TaskPlan(model: model, thresholds: Thresholds(card: model.card), instances: engines)],
      readers: min(2, cores), decoders: cores, maxBatch: 8, batchPixels: 24_000_000, memory: 1 << 30,
      maxFileSize: 256 << 20, keepsOrder: true)
    let feed = RepeatingFeed(items, seconds: 0)
    return ScanPipeline(configuration: plan, feed: feed, sink: sink, stop: StopToken(), metrics: RunMetrics()).run()
  }
}

/// Keeps the findings of each image.
private final class FindingsSink: Sink {
  private(set) var findings: [Int: Findings] = [:]

  func write(_ outcome: Outcome) { findings[outcome.index] = outcome.answers.first?.findings }
  func flush() {}
  func finish() {}
}
