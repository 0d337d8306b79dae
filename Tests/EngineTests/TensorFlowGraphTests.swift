import XCTest

@testable import ModelFiles
@testable import Platform

final class TensorFlowGraphTests: XCTestCase {
  private func field(_ number: UInt64, _ message: (inout ProtobufWriter) -> Void) -> ProtobufWriter {
    var inner = ProtobufWriter()
    message(&inner)
    var outer = ProtobufWriter()
    outer.append(number, bytes: inner.bytes)
    return outer
  }

  private func node(
    _ name: String, _ operation: String, inputs: [String] = [], _ attributes: [(String, ProtobufWriter)] = []
  ) -> [UInt8] {
    field(1) { node in
      node.append(1, bytes: name.utf8)
      node.append(2, bytes: operation.utf8)
      for input in inputs { node.append(3, bytes: input.utf8) }
      for (key, value) in attributes {
        var entry = ProtobufWriter()
        entry.append(1, bytes: key.utf8)
        entry.append(2, bytes: value.bytes)
        node.append(5, bytes: entry.bytes)
      }
    }.bytes
  }

  private func type(_ number: UInt64) -> ProtobufWriter {
    var value = ProtobufWriter()
    value.append(6, value: number)
    return value
  }

  private func text(_ text: String) -> ProtobufWriter {
    var value = ProtobufWriter()
    value.append(2, bytes: text.utf8)
    return value
  }

  private func tensor(_ type: UInt64, _ content: [UInt8]) -> ProtobufWriter {
    field(8) { tensor in
      tensor.append(1, value: type)
      tensor.append(4, bytes: content)
    }
  }

  private func bytes(_ value: Float) -> [UInt8] { withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }

  private func graph(mode: String = "MIN_FIRST") -> [UInt8] {
    node("w_q", "Const", [("dtype", type(12)), ("value", tensor(12, [0, 128, 255]))])
      + node("w_min", "Const", [("dtype", type(1)), ("value", tensor(1, bytes(-1)))])
      + node("w_max", "Const", [("dtype", type(1)), ("value", tensor(1, bytes(1.55)))])
      + node("w", "Dequantize", inputs: ["w_q", "w_min", "w_max"], [("T", type(12)), ("mode", text(mode))])
      + node("c", "Conv2D", inputs: ["x", "w"], [("data_format", text("NHWC"))])
  }

  private func plain(_ graph: [UInt8]) throws -> TensorFlowGraph.Plain? {
    try graph.withUnsafeBytes { try TensorFlowGraph.dequantised($0) }
  }

  func testAQuantisedConstantBecomesOneOfFloats() throws {
    let made = try XCTUnwrap(plain(graph()))
    XCTAssertTrue(made.isInterleaved)
    let names = made.bytes.withUnsafeBytes { bytes in
      ProtobufReader(bytes).map { ProtobufReader($0.bytes).first { $0.number == 1 }!.text }
    }
    XCTAssertEqual(names, ["w", "c"])
    // 2.55 over 255 steps: -1 is 100 steps below zero, which is a value of its own.
    let floats = [Float(-1), 0.28, 1.55]
    let table = TensorFlowGraph.values(from: -1, to: 1.55)
    for (value, index) in zip(floats, [0, 128, 255]) { XCTAssertEqual(table[index], value, accuracy: 1e-6) }
    XCTAssertEqual(table[100], 0, accuracy: 1e-6)
    let content = [0, 128, 255].flatMap { bytes(table[$0]) }
    XCTAssertNotNil(made.bytes.indices.first { made.bytes[$0...].starts(with: content) })
    XCTAssertNil(try plain(made.bytes), "what was made has nothing to be made plain")
  }

  func testALowestValueBetweenStepsIsMovedToOne() {
    let table = TensorFlowGraph.values(from: -0.004, to: 2.546)
    XCTAssertEqual(table[0], 0, accuracy: 1e-6)
    XCTAssertEqual(TensorFlowGraph.values(from: 3, to: 3), [Float](repeating: 3, count: 256))
  }

  func testOtherGraphsAreLeftAloneOrRefused() throws {
    XCTAssertNil(try plain(node("x", "Placeholder")))
    XCTAssertThrowsError(try plain(graph(mode: "SCALED")))
    let whole = graph()
    for cut in [1, whole.count / 2, whole.count - 1] {
      XCTAssertThrowsError(try plain(Array(whole[..<cut])), "cut at \(cut)")
    }
  }
}
