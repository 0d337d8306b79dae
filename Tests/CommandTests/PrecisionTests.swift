import Foundation
import Platform
import TestSupport
import XCTest

/// `--precision` in records, the cache and resumed files.
final class PrecisionTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")
  private var environment: [String: String] { ["XDG_CACHE_HOME": folder.appendingPathComponent("cache").path] }

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    let pixels = (0..<192).map { UInt8($0) }
    try Data("P6 8 8 255\n".utf8 + pixels).write(to: folder.appendingPathComponent("a.ppm"))
    let model = URL(fileURLWithPath: ImgrecCLI.instantModel)
    for ending in ["onnx", "json"] {
      try FileManager.default.copyItem(
        at: model.deletingPathExtension().appendingPathExtension(ending),
        to: folder.appendingPathComponent("mean.\(ending)"))
    }
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func scan(_ arguments: String...) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["scan", "-q", "a.ppm", "-m", "mean.onnx"] + arguments, environment: environment, folder: folder)
  }

  private func engine(_ result: ImgrecCLI.Result) throws -> String? {
    try result.records().first.flatMap { ($0["engines"] as? [String: String])?.values.first }
  }

  private func state(_ result: ImgrecCLI.Result) throws -> String? { try result.records().first?["cache"] as? String }

  private func requireOpenVINO() throws {
    let listing = try ImgrecCLI.run(["engines", "list"]).text
    guard let line = listing.split(separator: "\n").first(where: { $0.hasPrefix("openvino") }),
      !line.contains("not available")
    else { throw XCTSkip("OpenVINO is not installed") }
  }

  func testRecordsAndCacheTellPrecisionsApart() throws {
    try requireOpenVINO()
    // Any ONNX file passes for a quantised one; what it computes is not looked at.
    try FileManager.default.copyItem(
      at: folder.appendingPathComponent("mean.onnx"), to: folder.appendingPathComponent("mean.int8.onnx"))
    let first = try scan("--engine", "openvino", "--precision", "f32")
    XCTAssertEqual(try engine(first), "openvino", first.err)
    let int8 = try scan("--engine", "openvino", "--precision", "int8")
    XCTAssertEqual(try engine(int8), "openvino/int8", int8.err)
    XCTAssertEqual(try state(int8), "miss")
    for (precision, name) in [("f32", "openvino"), ("int8", "openvino/int8")] {
      let again = try scan("--engine", "openvino", "--precision", precision)
      XCTAssertEqual(try state(again), "hit")
      XCTAssertEqual(try engine(again), name)
    }
  }

  func testAutoComputesACardWithoutFiguresInF32() throws {
    let explicit = try scan("--precision", "f32")
    let auto = try scan()
    XCTAssertEqual(try engine(auto), try engine(explicit))
    XCTAssertEqual(try state(auto), "hit", auto.err)
  }

  func testBF16OnAProcessorWithoutItIsF32AndSaysSo() throws {
    try requireOpenVINO()
    let result = try scan("--engine", "openvino", "--precision", "bf16")
    XCTAssertEqual(result.status, 0, result.err)
    let name = try XCTUnwrap(engine(result))
    if ProcessorInfo.current.bf16 != .absent {
      XCTAssertEqual(name, "openvino/bf16")
    } else if name == "openvino" {
      XCTAssertTrue(result.err.contains("this processor has no bf16, so f32 is computed"), result.err)
      XCTAssertEqual(try state(scan("--engine", "openvino", "--precision", "f32")), "hit")
    }
  }

  func testAMissingQuantisedNetworkNamesTheCommand() throws {
    let result = try scan("--precision", "int8")
    XCTAssertEqual(result.status, 2)
    XCTAssertTrue(result.err.contains("has no int8 network"), result.err)
    XCTAssertTrue(result.err.contains("/mean.onnx --images DIR"), result.err)
  }

  func testAFileInAnotherPrecisionIsNotResumed() throws {
    XCTAssertEqual(try scan("-o", "r.jsonl", "--precision", "f32").status, 0)
    let file = folder.appendingPathComponent("r.jsonl")
    var text = try String(contentsOf: file, encoding: .utf8)
    text = text.replacing(/("engines":\{"[a-z]+":")([a-z]+)"/) { "\($0.1)\($0.2)/bf16\"" }
    try text.write(to: file, atomically: false, encoding: .utf8)
    let result = try scan("-o", "r.jsonl", "--resume", "--precision", "f32")
    XCTAssertEqual(result.status, 2)
    XCTAssertTrue(
      result.err.contains("record 1 was computed in bf16; use --precision bf16 or another file"), result.err)
    XCTAssertEqual(try String(contentsOf: file, encoding: .utf8), text)
  }

  func testDoctorNamesTheProcessor() throws {
    let text = try ImgrecCLI.run(["doctor"], environment: environment).text
    XCTAssertTrue(text.contains("processor    \(ProcessorInfo.current.name): "), text)
  }
}
