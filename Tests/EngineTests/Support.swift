import Foundation
import TestSupport
import XCTest

@testable import Recognition

/// The tiny networks of Fixtures/models, and what ONNX Runtime made of them (Tests/EngineTests/make_models.py).
enum Tiny {
  static let folder = Checkout.fixtures.appending(path: "models")

  static let scores: [[Float]] = [[-0.00514256, -1.7027575, 0.05528882], [0.13332577, -0.4244525, -0.36690426]]

  static func classes(
    _ file: String = "classes.onnx", layout: InputSpec.Layout = .nchw, side: Int = 8,
    labels: [String] = ["a", "b", "c"], outputs: [String]? = nil, path: String? = nil
  ) -> LoadedModel {
    model(
      file, path: path, labels: labels, outputs: outputs, head: .softmax,
      input: InputSpec(
        width: side, height: side, resize: .init(rule: .stretch), layout: layout, channels: .rgb,
        mean: [100, 110, 120], scale: [0.01, 0.02, 0.03]))
  }

  /// Any shape; read by a head of class scores, which takes whatever comes.
  static func map(_ file: String = "map.onnx", path: String? = nil) -> LoadedModel {
    model(
      file, path: path, labels: [], outputs: ["map"], head: .softmax,
      input: InputSpec(
        width: 64, height: 64, resize: .init(rule: .fit, side: 64, multiple: 2), channels: .rgb,
        mean: [100, 110, 120], scale: [0.01, 0.02, 0.03]))
  }

  static func model(
    _ file: String, path: String? = nil, format: ModelCard.Format = .onnx, labels: [String], outputs: [String]? = nil,
    head: HeadSpec.Kind, input: InputSpec
  ) -> LoadedModel {
    let card = ModelCard(
      name: file, task: .classify, summary: "", licence: "CC0-1.0", files: [.init(name: file, role: .network)],
      format: format, engines: [.opencv], input: input, outputs: outputs, head: HeadSpec(kind: head))
    return LoadedModel(
      card: card, paths: [file: path ?? folder.appending(path: file).path], digest: String(repeating: "0", count: 64),
      labels: labels)
  }

  static func picture(width: Int, height: Int, shift: Int = 0, order: ChannelOrder = .rgb) -> PixelBuffer {
    let pixels = PixelBuffer(size: PixelSize(width: width, height: height), order: order)
    for y in 0..<height {
      for x in 0..<width {
        for c in 0..<order.count {
          pixels.base[(y * width + x) * order.count + c] = UInt8((x * 7 + y * 13 + c * 29 + shift) % 256)
        }
      }
    }
    return pixels
  }
}

/// Files of real networks: `NAME/FILE` in the store (`IMGREC_MODELS`, or the standard folder), or `FILE` in
/// `IMGREC_MODELS`.
enum Real {
  static func path(_ file: String, of name: String) throws -> String {
    let environment = ProcessInfo.processInfo.environment
    let usual = (environment["HOME"] ?? "") + "/.local/share/imgrec/models"
    let folder = environment["IMGREC_MODELS"] ?? usual
    for path in ["\(folder)/\(name)/\(file)", "\(folder)/\(file)"] where FileManager.default.fileExists(atPath: path) {
      return path
    }
    throw XCTSkip("\(name)'s \(file) is not in \(folder)")
  }

  static var hasMobilenet: Bool { (try? path("mobilenetv2-7.onnx", of: "mobilenet_v2")) != nil }

  static func mobilenet() throws -> LoadedModel {
    let (mean, deviation) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    return Tiny.model(
      "mobilenetv2-7.onnx", path: try path("mobilenetv2-7.onnx", of: "mobilenet_v2"), labels: [], head: .softmax,
      input: InputSpec(
        width: 224, height: 224, resize: .init(rule: .shortSide, side: 256), channels: .rgb,
        mean: mean.map { Float($0 * 255) }, scale: deviation.map { Float(1 / ($0 * 255)) }))
  }
}

/// Resident memory of this process, in bytes.
func residentBytes() throws -> Int {
  let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
  return Int(pages)! * Int(getpagesize())
}

extension Engine {
  /// The values of the first output, copied.
  func values(_ batch: [PixelBuffer]) throws(Failure) -> [Float] {
    try infer(batch) { outputs in Array(outputs.tensors[0].values) }
  }

  func shape(_ batch: [PixelBuffer]) throws(Failure) -> [Int] {
    try infer(batch) { outputs in outputs.tensors[0].shape }
  }
}

/// Runs each engine on a thread of its own and checks its outputs.
func runTogether(_ engines: [any Engine]) throws {
  /// An engine that one thread uses.
  struct Transferred: @unchecked Sendable {
    let engine: any Engine
  }
  let engines = engines.map { Transferred(engine: $0) }
  DispatchQueue.concurrentPerform(iterations: engines.count) { index in
    for round in 0..<100 {
      let values = try? engines[index].engine.values([Tiny.picture(width: 8, height: 8, shift: round % 2 * 50)])
      XCTAssertEqual(values?[1] ?? 0, Tiny.scores[round % 2][1], accuracy: 1e-3)
    }
  }
}
