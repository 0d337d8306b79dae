import Codecs
import Foundation
import Synchronization
import Testing

@testable import Pipeline
@testable import Platform
@testable import Recognition

/// Runs that are stopped from within a network: only what is inside one finishes, and every item is counted.
@Suite struct InterruptTests {
  /// Requests the stop in one of its runs, and counts the runs that begin later.
  private final class Brake: Sendable {
    let stop = StopToken()
    /// Number of items that the feed was asked for.
    let asked = Atomic<Int>(0)
    private let state = Mutex<(runs: Int, late: Int)>((0, 0))
    private let limit: Int
    private let reason: StopReason

    private let wanted: Int

    /// Stops in run number `limit`, once the feed was asked for `wanted` items; nil: for four more than `limit`.
    init(after limit: Int, _ reason: StopReason = .interrupted, wanted: Int? = nil) {
      self.limit = limit
      self.wanted = wanted ?? limit + 4
      self.reason = reason
    }

    var late: Int { state.withLock { $0.late } }

    func run() {
      let isLast = state.withLock { state in
        if stop.isRequested { state.late += 1 }
        state.runs += 1
        return state.runs == limit
      }
      guard isLast else { return }
      // A run takes no image twice, so that images wait once more were asked for. A feed that does not come to that in
      // ten seconds fails the test.
      for _ in 0..<10_000 where asked.load(ordering: .relaxed) < wanted { usleep(1000) }
      stop.request(reason)
    }
  }

  /// Gives the same output for every picture.
  private final class Repeater: Engine {
    let kind = EngineKind.opencv
    let maxBatch = 1
    private let brake: Brake?
    private let shape: [Int]
    private let values: [Float]

    init(_ values: [Float], shape: [Int], brake: Brake?) {
      self.values = values
      self.shape = shape
      self.brake = brake
    }

    /// Three faces.
    static func finder(_ brake: Brake?) -> Repeater {
      let row: [Float] = [0, 0, 0.9, 0, 0, 1, 1]
      return Repeater(row + row + row, shape: [1, 1, 3, 7], brake: brake)
    }

    /// The letter 3.
    static func reader(_ brake: Brake?) -> Repeater {
      Repeater((0..<10).map { $0 == 3 ? 0.9 : 0.01 }, shape: [1, 1, 10], brake: brake)
    }

    func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
      brake?.run()
      return try values.withUnsafeBufferPointer { values throws(Failure) in
        try body(Outputs(count: 1, tensors: [Tensor(name: "o", shape: shape, values: values)]))
      }
    }
  }

  private final class Records: Sink {
    var written: [Int] = []
    func write(_ outcome: Outcome) { written.append(outcome.index) }
    func flush() {}
    func finish() {}
  }

  private struct NoAnnotator: Annotator {
    func annotate(_ outcome: Outcome, _ picture: SourcePicture) -> Outcome { outcome }
  }

  private static func picture(_ n: Int, width: Int = 16, height: Int = 16) -> Item {
    let pixels = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 &* (n + 3) &* 7 >> 2) }
    return Item(
      index: n, path: RawPath("\(n)"), origin: .bytes(Array("P6\n\(width) \(height)\n255\n".utf8) + pixels))
  }

  /// 200 pictures, with one engine each for finding and reading.
  private func scan(
    finder: Brake? = nil, reader: Brake? = nil, stop: StopToken, similar: Bool = false, annotated: Bool = false
  ) -> (report: RunReport, written: [Int]) {
    let (first, second) = (
      madeUpModel(.ssd, task: similar ? .detect : .text, step: nil, labels: ["x"]),
      madeUpModel(.ctc, step: .read, labels: (1..<10).map { "\($0)" })
    )
    var task = TaskPlan(
      model: first, thresholds: Thresholds(card: first.card), instances: [Repeater.finder(finder)])
    task.steps = [
      SecondStagePlan(model: second, thresholds: Thresholds(card: second.card), instances: [Repeater.reader(reader)])
    ]
    var plan = ScanConfiguration(
      tasks: [task], readers: 1, decoders: 2, maxBatch: 100, batchPixels: 1000, memory: 64 << 10,
      maxFileSize: 1 << 20, keepsOrder: true, warmsUp: false)
    if similar { plan.similar = SimilarConfiguration(distance: 0) }
    if annotated { plan.annotator = NoAnnotator() }
    let records = Records()
    let items = ListedItems(
      (0..<200).map { Self.picture(similar ? $0 / 2 : $0) }.enumerated().map { n, item in
        Item(index: n, path: item.path, origin: item.origin)
      },
      onNext: { for brake in [finder, reader] { brake?.asked.add(1, ordering: .relaxed) } })
    let report = ScanPipeline(configuration: plan, feed: items, sink: records, stop: stop, metrics: RunMetrics()).run()
    return (report, records.written)
  }

  private func check(_ result: (report: RunReport, written: [Int]), brake: Brake, finishes: Int = 200) {
    #expect(brake.late <= 1, "at most the run that had begun")
    #expect(result.report.inputs == result.report.ok + result.report.failed + result.report.skipped)
    #expect(result.report.stop == .interrupted)
    #expect(result.written.count == result.report.ok, "no record of what was dropped")
    #expect(result.written == result.written.sorted())
    #expect(result.report.skipped > 0)
    #expect(result.report.ok < finishes)
  }

  @Test("a stop during detection: nothing that waits is detected or read")
  func detection() {
    let brake = Brake(after: 5)
    check(scan(finder: brake, stop: brake.stop), brake: brake, finishes: 6)
  }

  @Test("a stop during reading: the crops that wait are dropped with their images", arguments: [1, 2, 3, 20])
  func reading(runs: Int) {
    let brake = Brake(after: runs)
    check(scan(reader: brake, stop: brake.stop), brake: brake, finishes: runs / 3 + 1)
  }

  @Test("images that wait for the answer of a similar one are dropped with it")
  func followers() {
    let brake = Brake(after: 2)
    check(scan(reader: brake, stop: brake.stop, similar: true), brake: brake)
  }

  @Test("images that wait to be drawn are dropped")
  func annotations() {
    let brake = Brake(after: 30)
    check(scan(reader: brake, stop: brake.stop, annotated: true), brake: brake, finishes: 11)
  }

  @Test("a spent failure budget lets what was detected be read")
  func budget() {
    let brake = Brake(after: 5, .failureBudget)
    let (report, written) = scan(finder: brake, stop: brake.stop)
    #expect(report.inputs == report.ok + report.failed + report.skipped)
    #expect(written.count >= 5)
  }

  // MARK: Upscaling

  /// Enlarges nothing: the result is black.
  private final class Enlarger: Engine {
    let kind = EngineKind.opencv
    let maxBatch = 1
    let brake: Brake

    init(brake: Brake) { self.brake = brake }

    func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
      brake.run()
      let size = batch[0].size
      let values = [Float](repeating: 0, count: size.area * 4 * 3)
      return try values.withUnsafeBufferPointer { values throws(Failure) in
        try body(
          Outputs(
            count: 1,
            tensors: [Tensor(name: "u", shape: [1, 3, size.height * 2, size.width * 2], values: values)]))
      }
    }
  }

  @Test("a stop between the tiles of a picture drops it, and leaves no file")
  func upscale() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("imgrec-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let brake = Brake(after: 3, wanted: 0)
    let spec = UpscaleSpec(scale: 2, overlap: 2)
    var loaded = madeUpModel(.upscale, step: nil, labels: [])
    loaded.card.head.upscale = spec
    loaded.card.input.width = 32
    loaded.card.input.height = 32
    var plan = UpscaleConfiguration(
      model: loaded, spec: spec, instances: [Enlarger(brake: brake)],
      names: OutputNames(target: .folder(RawPath(folder)), kind: .png, roots: []))
    plan.workers = 2
    let records = Records()
    let report = UpscalePipeline(
      configuration: plan, feed: ListedItems((0..<5).map { Self.picture($0, width: 200, height: 200) }), sink: records,
      stop: brake.stop, metrics: RunMetrics(), total: { nil }, estimate: { _ in }
    ).run()
    #expect(brake.late == 0)
    #expect(report.skipped == report.inputs && report.inputs > 0)
    #expect(records.written.isEmpty)
    #expect((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] == [])
  }
}
