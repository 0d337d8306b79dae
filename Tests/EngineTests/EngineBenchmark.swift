import Foundation
import ONNXRuntimeEngine
import OpenCVEngine
import OpenVINOEngine
import Recognition
import XCTest

/// MobileNetV2's throughput on each engine that is here, for `IMGREC_BENCH=1` only.
final class EngineBenchmark: XCTestCase {
  func testThroughput() throws {
    guard ProcessInfo.processInfo.environment["IMGREC_BENCH"] != nil else { throw XCTSkip("IMGREC_BENCH is not set") }
    let model = try Real.mobilenet()
    var single = model
    single.card.maxBatch = 1
    for (instances, threads) in [(2, 1), (1, 2), (1, 1)] {
      func line(_ name: String, _ make: () throws -> [any Engine]) {
        do {
          let engines = try make()
          let rate = throughput(engines)
          print(
            "\(name) \(instances) x \(threads) threads, batch \(engines[0].maxBatch): \(Int(rate.rounded())) images/s")
        } catch {
          print("\(name): \(error)")
        }
      }
      for model in [single, model] {
        line("opencv") { try OpenCVEngines.makeInstances(model: model, instances: instances, threads: threads) }
      }
      line("openvino") { try OpenVINOEngines.makeInstances(model: model, instances: instances, threads: threads) }
      line("onnxruntime") { try ONNXRuntimeEngines.makeInstances(model: model, instances: instances, threads: threads) }
    }
  }

  /// Full batches on every instance at once, for three seconds after a warm-up.
  private func throughput(_ engines: [any Engine]) -> Double {
    /// An engine handed to the one thread that uses it.
    struct Handed: @unchecked Sendable {
      let engine: any Engine
    }
    let handed = engines.map { Handed(engine: $0) }
    let counts = UnsafeMutableBufferPointer<Int>.allocate(capacity: handed.count)
    defer { counts.deallocate() }
    counts.initialize(repeating: 0)
    nonisolated(unsafe) let shared = counts
    DispatchQueue.concurrentPerform(iterations: handed.count) { place in
      let engine = handed[place].engine
      let batch = (0..<engine.maxBatch).map { Tiny.picture(width: 224, height: 224, shift: $0) }
      for _ in 0..<3 { _ = try? engine.infer(batch) { $0.count } }
      let end = Date(timeIntervalSinceNow: 3)
      while Date() < end { shared[place] += (try? engine.infer(batch) { $0.count }) ?? 0 }
    }
    return Double(counts.reduce(0, +)) / 3
  }
}
