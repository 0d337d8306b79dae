import Foundation
import XCTest

/// Networks that crash an engine's importer.
final class NetworkTrialTests: XCTestCase {
  func testANetworkThatCrashesTheEngineIsAnError() throws {
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = ImgrecCLI.root.appendingPathComponent("Tests/Support/crashing_trial.c").path
    let library = folder.appendingPathComponent("crash.so").path
    let build = try ImgrecCLI.shell("$(command -v clang || command -v cc) -shared -fPIC '\(source)' -o '\(library)'")
    guard build.status == 0 else { throw XCTSkip("the library cannot be compiled: \(build.err.prefix(300))") }
    try Data("P6 8 8 255\n".utf8 + [UInt8](repeating: 7, count: 192)).write(to: folder.appendingPathComponent("a.ppm"))
    for _ in 0..<2 {
      let result = try ImgrecCLI.run(
        ["scan", "-q", "--model", ImgrecCLI.instantModel, "--engine", "opencv", "a.ppm"],
        environment: ["XDG_CACHE_HOME": folder.path, "LD_PRELOAD": library], folder: folder)
      XCTAssertEqual(result.status, 2)
      XCTAssertEqual(result.text, "")
      XCTAssertTrue(result.err.contains("opencv crashes when it opens it (signal 11)"), result.err)
      XCTAssertEqual(result.err.split(separator: "\n").count, 1, result.err)
    }
  }

  /// OpenCV's importer reads memory that is not its own then, and crashes in some runs.
  func testANodeThatReadsNothingOfTheNetworkIsAnError() throws {
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let models = ImgrecCLI.fixtures.appendingPathComponent("models")
    var network = try Data(contentsOf: models.appendingPathComponent("takes_int8.onnx"))
    let name = try XCTUnwrap(network.range(of: Data("kernel".utf8)))
    network[name.lowerBound + 4] = UInt8(ascii: "a")
    try network.write(to: folder.appendingPathComponent("damaged.onnx"))
    try FileManager.default.copyItem(
      at: models.appendingPathComponent("mean.json"), to: folder.appendingPathComponent("damaged.json"))
    try Data("P6 8 8 255\n".utf8 + [UInt8](repeating: 7, count: 192)).write(to: folder.appendingPathComponent("a.ppm"))
    let result = try ImgrecCLI.run(
      ["scan", "-q", "--model", "damaged.onnx", "a.ppm"], environment: ["XDG_CACHE_HOME": folder.path], folder: folder)
    XCTAssertEqual(result.status, 2)
    XCTAssertTrue(
      result.err.hasSuffix("damaged.onnx is damaged: a node reads 'kernal', which nothing in the network gives\n"),
      result.err)
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
