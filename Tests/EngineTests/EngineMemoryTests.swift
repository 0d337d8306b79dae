import Platform
import Recognition
import XCTest

/// Apart from the contract: memory is the process's, and Swift Testing runs suites side by side.
final class EngineMemoryTests: XCTestCase {
  func testManyCallsDoNotGrow() throws {
    for provider in EngineUnderTest.available { try callManyTimes(try provider.make(Tiny.classes())) }
  }

  private func callManyTimes(_ engine: any Engine) throws {
    let batch = (0..<engine.maxBatch).map { Tiny.picture(width: 8, height: 8, shift: $0) }
    let some = Array(batch.prefix(max(1, engine.maxBatch - 1)))
    func runs(_ count: Int) throws {
      for _ in 0..<count {
        _ = try engine.infer(batch) { $0.count }
        _ = try engine.infer(some) { $0.count }
        _ = try engine.infer([batch[0]]) { $0.count }
        XCTAssertThrowsError(try engine.infer([]) { $0.count })
      }
    }
    try runs(200)
    let before = try residentBytes()
    try runs(2000)
    XCTAssertLessThan(try residentBytes() - before, 3 << 20)
  }
}
