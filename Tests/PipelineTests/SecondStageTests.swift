import XCTest

@testable import Pipeline
@testable import Platform
@testable import Recognition

/// Two-step tasks on engines that are made up: crops of all images come together, and no item is lost.
final class SecondStageTests: XCTestCase {
  /// As many faces as the picture's number, one pixel of grey each.
  private final class Finder: Engine {
    let kind = EngineKind.opencv
    let maxBatch = 4

    func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
      // (1, 1, k, 7): image, class, score, box.
      var rows: [Float] = []
      for (image, slot) in batch.enumerated() {
        for _ in 0..<Int(slot.base[0]) { rows += [Float(image), 0, 0.9, 0, 0, 1, 1] }
      }
      return try rows.withUnsafeBufferPointer { values throws(Failure) in
        try body(
          Outputs(count: batch.count, tensors: [Tensor(name: "d", shape: [1, 1, rows.count / 7, 7], values: values)]))
      }
    }
  }

  /// Says the grey of each crop; refuses 5.
  private final class Reader: Engine {
    let kind = EngineKind.opencv
    let maxBatch = 8
    nonisolated(unsafe) var largest = 0

    func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
      largest = max(largest, batch.count)
      var values: [Float] = []
      for slot in batch {
        let grey = Int(slot.base[0])
        if grey == 5 { throw Failure(.infer, .inferenceFailed, "five") }
        for id in 0..<10 { values.append(id == grey ? 0.9 : 0.01) }
      }
      return try values.withUnsafeBufferPointer { values throws(Failure) in
        try body(
          Outputs(count: batch.count, tensors: [Tensor(name: "r", shape: [batch.count, 1, 10], values: values)]))
      }
    }
  }

  private final class Records: Sink {
    var all: [Outcome] = []
    func write(_ outcome: Outcome) { all.append(outcome) }
    func flush() {}
    func finish() {}
  }

  func testCropsOfManyImages() throws {
    let items = (0..<60).map { n -> Item in
      let grey = UInt8(n % 7)
      let header = Array("P6\n16 16\n255\n".utf8)
      return Item(
        index: n, path: RawPath("\(n)"),
        origin: .bytes(n == 33 ? [0x50] : header + [UInt8](repeating: grey, count: 16 * 16 * 3)))
    }
    let finder = madeUpModel(.ssd, step: nil, labels: ["x"])
    let reader = madeUpModel(.ctc, step: .read, labels: (1..<10).map { "\($0)" })
    var task = TaskPlan(model: finder, thresholds: Thresholds(card: finder.card), instances: [Finder(), Finder()])
    task.steps = [
      SecondStagePlan(model: reader, thresholds: Thresholds(card: reader.card), instances: [Reader(), Reader()])
    ]
    let plan = ScanConfiguration(
      tasks: [task], readers: 1, decoders: 2, maxBatch: 100, batchPixels: 1000, memory: 64 << 10,
      maxFileSize: 1 << 20, keepsOrder: true, warmsUp: false)
    let records = Records()
    let report = ScanPipeline(
      configuration: plan, feed: ListedItems(items), sink: records, stop: StopToken(), metrics: RunMetrics()
    )
    .run()
    XCTAssertEqual(report.inputs, 60)
    XCTAssertEqual(records.all.map(\.index), Array(0..<60))
    for outcome in records.all {
      let grey = outcome.index % 7
      switch outcome.result {
      case .failure(let failure):
        XCTAssertEqual(failure.code, outcome.index == 33 ? .unknownFormat : .inferenceFailed, "\(outcome.index)")
        XCTAssertTrue(outcome.index == 33 || grey == 5)
      case .success(let answers):
        XCTAssertEqual(answers[0].model, "m@computed+m@computed")
        guard case .detections(let found) = answers[0].findings else { return XCTFail("no things") }
        XCTAssertEqual(found.map(\.text), [String?](repeating: "\(grey)", count: grey))
      }
    }
  }
}
