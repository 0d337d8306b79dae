import Foundation
import Synchronization
import Testing

@testable import Pipeline
@testable import Platform
@testable import Recognition

/// A run whose first network hangs: the images that wait for it are answered by the fallback.
@Suite struct BreakerPipelineTests {
  /// Finds one object in every picture. Its second run does not end before `isReleased`, or ten seconds have passed.
  private final class Sticky: Engine {
    let kind = EngineKind.opencv
    let maxBatch = 1
    private let isReleased: (() -> Bool)?
    private var runs = 0
    /// Whether the second run ended because it was released.
    private(set) var wasReleased = false

    init(until isReleased: (() -> Bool)? = nil) { self.isReleased = isReleased }

    func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
      runs += 1
      if runs == 2, let isReleased {
        for _ in 0..<10_000 where !isReleased() { usleep(1000) }
        wasReleased = isReleased()
      }
      let row: [Float] = [0, 0, 0.9, 0, 0, 1, 1]
      return try row.withUnsafeBufferPointer { values throws(Failure) in
        try body(Outputs(count: 1, tensors: [Tensor(name: "o", shape: [1, 1, 1, 7], values: values)]))
      }
    }
  }

  private final class Records: Sink {
    let count = Atomic(0)
    private(set) var models: [Int: String] = [:]
    func write(_ outcome: Outcome) {
      if case .success(let answers) = outcome.result { models[outcome.index] = answers[0].model }
      count.add(1, ordering: .relaxed)
    }
    func flush() {}
    func finish() {}
  }

  private static func picture(_ n: Int) -> Item {
    let pixels = (0..<16 * 16 * 3).map { UInt8(truncatingIfNeeded: $0 &* (n + 3)) }
    return Item(index: n, path: RawPath("\(n)"), origin: .bytes(Array("P6\n16 16\n255\n".utf8) + pixels))
  }

  @Test("a network that hangs keeps one image, and no other waits for it")
  func hang() throws {
    let records = Records()
    // More than its channel holds: decoders wait for room in it too.
    let number = 200
    let stuck = Sticky { records.count.load(ordering: .relaxed) >= number - 1 }
    let first = madeUpModel(.ssd, task: .detect, step: nil, labels: ["x"])
    var standby = first
    standby.card.name = "standby"
    var task = TaskPlan(model: first, thresholds: Thresholds(card: first.card), instances: [stuck])
    let breaker = CircuitBreaker(BreakerRules(latency: .init(seconds: 0.05), pause: 3600))
    task.secondModel = SecondModel(
      model: standby, thresholds: Thresholds(card: standby.card), instances: [Sticky()], rule: .fallback(breaker))
    let plan = ScanConfiguration(
      tasks: [task], readers: 1, decoders: 2, maxBatch: 100, batchPixels: 1000, memory: 1 << 20,
      maxFileSize: 1 << 20, keepsOrder: false, warmsUp: false)
    let metrics = RunMetrics()
    let report = ScanPipeline(
      configuration: plan, feed: ListedItems((0..<number).map(Self.picture)), sink: records, stop: StopToken(),
      metrics: metrics
    ).run()
    #expect(stuck.wasReleased, "the others were answered while it hung")
    #expect(report.ok == number)
    #expect(records.models.values.filter { $0 == task.reference }.count == 2)
    #expect(report.fallbacks == number - 2)
    let breakers = try #require(report.breakers.first)
    #expect(report.breakers.count == 1)
    #expect(breakers.state == .open)
    #expect(breakers.openings == [.latency: 1])
    #expect(breakers.answered == 2)
    #expect(breakers.fellBack == number - 2)
    #expect(breakers.model == task.reference)
    #expect(breakers.fallback == task.reference(of: standby))
    #expect(breakers.task == .detect)
  }
}
