import Synchronization
import Testing

@testable import Pipeline
@testable import Platform
@testable import Recognition

/// Runs with `--similar` and several tasks, on engines that are made up.
@Suite struct SimilarTaskTests {
  /// Gives the same scores for every picture, and counts them.
  private final class Counter: Engine {
    let kind = EngineKind.opencv
    let maxBatch = 1
    let runs = Atomic<Int>(0)
    private let shape: [Int]
    private let values: [Float]
    private let failure: Failure?

    init(_ values: [Float], shape: [Int], failure: Failure? = nil) {
      (self.values, self.shape, self.failure) = (values, shape, failure)
    }

    func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
      runs.add(1, ordering: .relaxed)
      if let failure { throw failure }
      return try values.withUnsafeBufferPointer { values throws(Failure) in
        try body(Outputs(count: 1, tensors: [Tensor(name: "o", shape: shape, values: values)]))
      }
    }
  }

  private final class Records: Sink {
    var all: [Outcome] = []
    func write(_ outcome: Outcome) { all.append(outcome) }
    func flush() {}
    func finish() {}
  }

  /// `count` times the same picture: of one colour, or of some contrast.
  private func pictures(_ count: Int, isPlain: Bool = false) -> [Item] {
    let pixels = (0..<32 * 32 * 3).map { isPlain ? 200 : UInt8(truncatingIfNeeded: ($0 / 3 % 32) * 7) }
    return (0..<count).map { n in
      Item(index: n, path: RawPath("\(n)"), origin: .bytes(Array("P6\n32 32\n255\n".utf8) + pixels))
    }
  }

  private func scan(_ items: [Item], _ tasks: [TaskPlan]) -> (report: RunReport, records: [Outcome]) {
    var plan = ScanConfiguration(
      tasks: tasks, readers: 1, decoders: 2, maxBatch: 100, batchPixels: 1000, memory: 64 << 10,
      maxFileSize: 1 << 20, keepsOrder: true, warmsUp: false)
    plan.similar = SimilarConfiguration(distance: 4)
    let records = Records()
    let report = ScanPipeline(
      configuration: plan, feed: ListedItems(items), sink: records, stop: StopToken(), metrics: RunMetrics()
    ).run()
    return (report, records.all)
  }

  private func classes(_ engine: Counter) -> TaskPlan {
    let model = madeUpModel(.softmax, task: .classify, step: nil, labels: ["a", "b"])
    return TaskPlan(model: model, thresholds: Thresholds(card: model.card), instances: [engine])
  }

  /// Lines that are read.
  private func lines(_ finder: Counter, _ reader: Counter) -> TaskPlan {
    let model = madeUpModel(.ssd, step: nil, labels: ["x"])
    let second = madeUpModel(.ctc, step: .read, labels: (1..<10).map { "\($0)" })
    var task = TaskPlan(model: model, thresholds: Thresholds(card: model.card), instances: [finder])
    task.steps = [
      SecondStagePlan(model: second, thresholds: Thresholds(card: second.card), instances: [reader])
    ]
    return task
  }

  private let row: [Float] = [0, 0, 0.9, 0, 0, 1, 1]
  private var reading: Counter { Counter((0..<10).map { $0 == 3 ? 0.9 : 0.01 }, shape: [1, 1, 10]) }

  @Test("text is read in every image, and the other task takes the answer of a similar one")
  func partly() {
    let (classes, finder, reader) = (Counter([0, 4], shape: [1, 2]), Counter(row, shape: [1, 1, 1, 7]), reading)
    let (report, records) = scan(pictures(40), [self.classes(classes), lines(finder, reader)])
    #expect(report.ok == 40)
    #expect(records.map(\.index) == Array(0..<40))
    #expect(classes.runs.load(ordering: .relaxed) == 1)
    #expect(finder.runs.load(ordering: .relaxed) == 40)
    #expect(reader.runs.load(ordering: .relaxed) == 40)
    #expect(records.dropFirst().allSatisfy { $0.cache == .similar && $0.match?.path == RawPath("0") })
    for record in records {
      #expect(record.answers.map(\.task) == [.classify, .text])
      guard case .labels(let labels)? = record.answers.first?.findings else { return #expect(Bool(false)) }
      #expect(labels.first?.label == "b")
      guard case .detections(let found)? = record.answers.last?.findings else { return #expect(Bool(false)) }
      #expect(found.map(\.text) == ["3"])
    }
  }

  @Test("a failure of the image that leads fails its followers once each")
  func failures() {
    let failing = Counter([], shape: [], failure: Failure(.infer, .inferenceFailed, "no"))
    let (report, records) = scan(
      pictures(20), [classes(failing), lines(Counter(row, shape: [1, 1, 1, 7]), reading)])
    #expect(report.failed == 20)
    #expect(records.map(\.index) == Array(0..<20))
  }

  @Test("pictures without contrast take no answer")
  func plain() {
    let engine = Counter([0, 4], shape: [1, 2])
    let (report, records) = scan(pictures(10, isPlain: true), [classes(engine)])
    #expect(report.ok == 10)
    #expect(engine.runs.load(ordering: .relaxed) == 10)
    #expect(records.allSatisfy { $0.cache == .off && $0.match == nil })
  }
}
