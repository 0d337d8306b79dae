import EngineSupport
import Foundation
import Platform
import Recognition
import XCTest

@testable import OpenCVEngine

final class OpenCVEngineTests: XCTestCase {
  private func make(_ model: LoadedModel, _ options: EngineOptions = EngineOptions()) throws -> any Engine {
    try EngineProvider.opencv.makeInstances(model, options)[0]
  }

  private func assertRefused(_ model: LoadedModel, naming text: String, line: UInt = #line) {
    XCTAssertThrowsError(try make(model), text, line: line) { error in
      XCTAssertTrue((error as? SetupError)?.description.contains(text) == true, "\(error)", line: line)
    }
  }

  func testItBatches() throws {
    XCTAssertEqual(try makeOpenCVEngine(model: Tiny.classes(), threads: 1).maxBatch, 4)
    var limited = Tiny.classes()
    limited.card.maxBatch = 2
    XCTAssertEqual(try makeOpenCVEngine(model: limited, threads: 1).maxBatch, 2)
    XCTAssertEqual(try makeOpenCVEngine(model: Tiny.map(), threads: 1).maxBatch, 1)
  }

  func testInstancesAreApart() throws {
    let engines = try EngineProvider.opencv.makeInstances(Tiny.classes(), EngineOptions(instances: 3))
    XCTAssertEqual(Set(engines.map(ObjectIdentifier.init)).count, 3)
    XCTAssertEqual(engines.map(\.maxBatch), [4, 4, 4])
    try runTogether(engines)
    XCTAssertTrue(try EngineProvider.opencv.open().version.hasPrefix("4."))
  }

  func testFormatsThatItLacksAreNamed() {
    var model = Tiny.classes()
    model.card.format = .tflite
    assertRefused(model, naming: "tflite")
    model.card.format = .caffe
    assertRefused(model, naming: "config")
  }

  func testALayerInsideCanBeAnOutput() throws {
    let engine = try makeOpenCVEngine(model: Tiny.classes(labels: [], outputs: ["pool", "scores"]), threads: 1)
    try engine.infer([Tiny.picture(width: 8, height: 8)]) { outputs in
      XCTAssertEqual(outputs.tensors.map(\.name), ["pool", "scores"])
      XCTAssertEqual(outputs.tensors.map(\.shape), [[1, 4, 1, 1], [1, 3]])
    }
  }

  func testDepthToSpaceIsKnown() throws {
    let model = Tiny.model(
      "EDSR_x3.pb", path: try Real.path("EDSR_x3.pb", of: "edsr_x3"), format: .tensorflow, labels: [], head: .softmax,
      input: InputSpec(
        width: 24, height: 16, resize: .init(rule: .stretch), channels: .bgr, mean: [103.1545782, 111.561547, 114.356],
        scale: [1, 1, 1]))
    let engine = try makeOpenCVEngine(model: model, threads: 1)
    let small = Tiny.picture(width: 24, height: 16, order: .bgr)
    XCTAssertEqual(try engine.shape([small]), [1, 3, 48, 72])
  }
}

final class CascadeTests: XCTestCase {
  private func make(_ model: LoadedModel, _ options: EngineOptions = EngineOptions()) throws -> any Engine {
    try EngineProvider.opencv.makeInstances(model, options)[0]
  }

  private func assertRefused(_ model: LoadedModel, naming text: String, line: UInt = #line) {
    XCTAssertThrowsError(try make(model), text, line: line) { error in
      XCTAssertTrue((error as? SetupError)?.description.contains(text) == true, "\(error)", line: line)
    }
  }

  private func model(_ path: String, order: ChannelOrder = .grey) -> LoadedModel {
    Tiny.model(
      "cascade.xml", path: path, format: .cascade, labels: [], head: .boxes,
      input: InputSpec(
        width: 640, height: 640, resize: .init(rule: .fit, side: 640), channels: order,
        mean: Array(repeating: 0, count: order.count), scale: Array(repeating: 1, count: order.count)))
  }

  /// A grey picture that Haar's frontal face cascade detects: dark eyes and mouth in a light oval.
  private func face() -> PixelBuffer {
    let pixels = PixelBuffer(size: PixelSize(width: 240, height: 240), order: .grey)
    func inside(_ x: Int, _ y: Int, _ cx: Int, _ cy: Int, _ a: Int, _ b: Int) -> Bool {
      let (dx, dy) = (Double(x - cx) / Double(a), Double(y - cy) / Double(b))
      return dx * dx + dy * dy < 1
    }
    for y in 0..<240 {
      for x in 0..<240 {
        var value: UInt8 = 90
        if inside(x, y, 120, 120, 62, 80) { value = 200 }
        if inside(x, y, 95, 98, 17, 9) || inside(x, y, 145, 98, 17, 9) { value = 60 }
        if inside(x, y, 120, 165, 26, 8) { value = 90 }
        if inside(x, y, 120, 128, 8, 24) { value = 225 }
        pixels.base[y * 240 + x] = value
      }
    }
    return pixels
  }

  func testFindsADrawnFace() throws {
    let path = "/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml"
    guard FileManager.default.fileExists(atPath: path) else { throw XCTSkip("\(path) does not exist") }
    let engine = try makeOpenCVEngine(model: model(path), threads: 1)
    XCTAssertEqual(engine.maxBatch, 1)
    try engine.infer([face()]) { outputs in
      let rows = Array(outputs.tensors[0].values)
      XCTAssertEqual(outputs.tensors[0].shape, [rows.count / 5, 5])
      guard rows.count >= 5 else { return XCTFail("no face found") }
      XCTAssertEqual(rows[0] + rows[2] / 2, 120, accuracy: 25)
      XCTAssertTrue((0.5...1).contains(rows[4]), "\(rows[4])")
    }
    XCTAssertEqual(try engine.values([Tiny.picture(width: 5, height: 3, order: .grey)]), [])
    XCTAssertThrowsError(try engine.values([Tiny.picture(width: 64, height: 64)]))
  }

  func testOtherFilesAreRefused() {
    assertRefused(model(Tiny.folder.appending(path: "classes.onnx").path), naming: "classes.onnx")
    assertRefused(model("/nowhere/cascade.xml"), naming: "/nowhere/cascade.xml")
    assertRefused(model("/nowhere/cascade.xml", order: .rgb), naming: "grey")
  }
}
