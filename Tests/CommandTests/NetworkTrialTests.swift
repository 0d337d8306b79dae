import Foundation
import XCTest

/// Networks that crash an engine's importer.
final class NetworkTrialTests: XCTestCase {
  /// OpenCV 4.6 reads through a null pointer if one byte of this file is another.
  func testANetworkThatCrashesTheEngineIsAnError() throws {
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let models = ImgrecCLI.fixtures.appendingPathComponent("models")
    var network = try Data(contentsOf: models.appendingPathComponent("classes_nhwc.onnx"))
    network[83] = 78
    try network.write(to: folder.appendingPathComponent("damaged.onnx"))
    try FileManager.default.copyItem(
      at: models.appendingPathComponent("mean.json"), to: folder.appendingPathComponent("damaged.json"))
    try Data("P6 8 8 255\n".utf8 + [UInt8](repeating: 7, count: 192)).write(to: folder.appendingPathComponent("a.ppm"))
    for _ in 0..<2 {
      let result = try ImgrecCLI.run(
        ["scan", "-q", "--model", "damaged.onnx", "--engine", "opencv", "a.ppm"],
        environment: ["XDG_CACHE_HOME": folder.path], folder: folder)
      XCTAssertEqual(result.status, 2)
      XCTAssertEqual(result.text, "")
      XCTAssertTrue(result.err.contains("opencv crashes when it opens it (signal 11)"), result.err)
      XCTAssertEqual(result.err.split(separator: "\n").count, 1, result.err)
    }
  }

  /// A network is tried once: the second run finds that it was.
  func testATrialIsMadeOnce() throws {
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("P6 8 8 255\n".utf8 + [UInt8](repeating: 7, count: 192)).write(to: folder.appendingPathComponent("a.ppm"))
    let run = {
      try ImgrecCLI.run(
        ["scan", "-q", "--model", ImgrecCLI.instantModel, "--engine", "opencv", "a.ppm"],
        environment: ["XDG_CACHE_HOME": folder.path], folder: folder)
    }
    let tried = {
      try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("imgrec/tried").path)
        .filter { $0.hasSuffix(".tried") }
    }
    XCTAssertEqual(try run().status, 0)
    XCTAssertEqual(try tried().count, 1)
    XCTAssertEqual(try run().status, 0)
    XCTAssertEqual(try tried().count, 1)
  }
}
