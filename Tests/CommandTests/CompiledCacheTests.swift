import Foundation
import XCTest

/// Compiled networks that are damaged on the disk, as a run meets them.
final class CompiledCacheTests: XCTestCase {
  func testADamagedCompiledNetworkChangesNoAnswer() throws {
    var tried = 0
    for engine in ["openvino", "onnxruntime"] {
      let folder = try ImgrecCLI.temporaryFolder()
      defer { try? FileManager.default.removeItem(at: folder) }
      func run() throws -> ImgrecCLI.Result {
        try ImgrecCLI.run(
          [
            "scan", "-q", "--cache", "off", "--engine", engine, "-m",
            ImgrecCLI.fixtures.appendingPathComponent("models/classes.onnx").path,
            ImgrecCLI.fixtures.appendingPathComponent("images/photo.jpg").path,
          ], environment: ["XDG_CACHE_HOME": folder.path])
      }
      let first = try run()
      if first.status == 2, first.err.contains("engines pull") { continue }
      tried += 1
      XCTAssertEqual(first.status, 0, first.err)
      // Kernels are timed at each compilation, and may differ in the last digits.
      func labels(_ result: ImgrecCLI.Result) throws -> [String?] {
        try result.records().flatMap { $0["classify"] as? [[String: Any]] ?? [] }.map { $0["label"] as? String }
      }
      let expected = try labels(first)
      XCTAssertEqual(expected.count, 3)
      let cache = folder.appendingPathComponent("imgrec/\(engine)")
      let files = try FileManager.default.contentsOfDirectory(at: cache, includingPropertiesForKeys: nil)
      XCTAssertEqual(files.count, 1, "\(files)")
      let file = try XCTUnwrap(files.first)
      let whole = try Data(contentsOf: file)
      var flipped = whole
      for place in stride(from: whole.count / 4, to: whole.count * 3 / 4, by: 64) { flipped[place] ^= 0x40 }
      for damaged in [flipped, whole.prefix(whole.count / 2), Data()] {
        try damaged.write(to: file)
        let again = try run()
        XCTAssertEqual(again.status, 0, again.err)
        XCTAssertEqual(try labels(again), expected)
        XCTAssertNotEqual(try Data(contentsOf: file), Data(damaged), "compiled again")
      }
    }
    if tried == 0 { throw XCTSkip("neither OpenVINO nor ONNX Runtime is installed") }
  }
}
