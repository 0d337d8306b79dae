import Foundation
import Platform

/// Converts frozen TensorFlow graphs with 8-bit weights, which OpenVINO's reader rejects, to float32.
///
/// Field numbers: graph.proto, node_def.proto, attr_value.proto and tensor.proto of TensorFlow.
public enum TensorFlowGraph {
  /// A graph without Dequantize nodes.
  public struct Plain {
    public var bytes: [UInt8]
    /// Whether its convolutions take NHWC.
    public var isInterleaved: Bool
  }

  /// Reason for which a graph cannot be converted.
  public struct Refusal: Error, Equatable { public var message: String }

  /// Number of nodes above which a graph is refused: one takes more memory here than in a file of empty nodes.
  private static let maxNodes = 1_000_000

  private struct Node {
    var name = ""
    var operation = ""
    var inputs: [String] = []
    var attributes: [String: UnsafeRawBufferPointer] = [:]
    let whole: UnsafeRawBufferPointer

    init(_ field: ProtobufReader.Field) {
      whole = field.whole
      for part in ProtobufReader(field.bytes) {
        switch part.number {
        case 1: name = part.text
        case 2: operation = part.text
        case 3: inputs.append(part.text)
        case 5:
          var key = ""
          var value = UnsafeRawBufferPointer(start: nil, count: 0)
          for half in ProtobufReader(part.bytes) {
            if half.number == 1 { key = half.text } else { value = half.bytes }
          }
          attributes[key] = value
        default: break
        }
      }
    }

    /// Returns a field of an attribute's value: 2 string, 6 type, 8 tensor.
    func attribute(_ name: String, _ number: UInt64) -> ProtobufReader.Field? {
      attributes[name].flatMap { value in ProtobufReader(value).first { $0.number == number } }
    }
  }

  /// Returns the graph with every dequantised 8-bit constant replaced by a float32 constant; nil if it has none, so
  /// that the file can be used unchanged.
  ///
  /// Throws `Refusal` if it is truncated, or quantised in another way.
  public static func dequantised(_ file: UnsafeRawBufferPointer) throws(Refusal) -> Plain? {
    var fields = ProtobufReader(file)
    var nodes: [Node] = []
    var graph = ProtobufWriter()
    while let field = fields.next() {
      guard nodes.count < maxNodes else { throw Refusal(message: "it has more than \(maxNodes) nodes") }
      if field.number == 1 { nodes.append(Node(field)) } else { graph.append(whole: field.whole) }
    }
    guard !fields.isBroken else { throw Refusal(message: "it is not a complete TensorFlow graph") }
    guard nodes.contains(where: { $0.operation == "Dequantize" }) else { return nil }

    var constants: [String: Node] = [:]
    for node in nodes where node.operation == "Const" { constants[node.name] = node }
    // Constants that only feed replaced nodes are dropped.
    var unused: Set<String> = []
    for node in nodes where node.operation == "Dequantize" { unused.formUnion(node.inputs) }
    for node in nodes where node.operation != "Dequantize" { unused.subtract(node.inputs) }
    for node in nodes where !unused.contains(node.name) {
      if node.operation == "Dequantize" {
        graph.append(1, bytes: try constant(of: node, constants))
      } else {
        graph.append(whole: node.whole)
      }
    }
    let isInterleaved = nodes.contains {
      $0.operation == "Conv2D" && ($0.attribute("data_format", 2)?.text ?? "NHWC") == "NHWC"
    }
    return Plain(bytes: graph.bytes, isInterleaved: isInterleaved)
  }

  /// Returns the constant that replaces a Dequantize node, under the same name.
  private static func constant(of node: Node, _ constants: [String: Node]) throws(Refusal) -> [UInt8] {
    let inputs = node.inputs.compactMap { constants[$0] }
    let unsigned8: UInt64 = 12
    guard inputs.count == 3, node.inputs.count == 3, node.attribute("T", 6)?.value == unsigned8,
      node.attribute("mode", 2)?.text == "MIN_FIRST", let tensor = inputs[0].attribute("value", 8)?.bytes,
      let low = scalar(inputs[1]), let high = scalar(inputs[2]), low <= high
    else { throw Refusal(message: "\(node.name) is quantised in an unsupported way") }
    let table = values(from: low, to: high)

    var shape = UnsafeRawBufferPointer(start: nil, count: 0)
    var content = shape
    for field in ProtobufReader(tensor) {
      if field.number == 2 { shape = field.bytes }
      if field.number == 4 { content = field.bytes }
    }
    let floats = [UInt8](unsafeUninitializedCapacity: content.count * 4) { buffer, count in
      buffer.withMemoryRebound(to: Float.self) { values in
        for index in 0..<content.count { values[index] = table[Int(content[index])] }
      }
      count = content.count * 4
    }
    let float: UInt64 = 1
    var plain = ProtobufWriter()
    plain.append(1, value: float)
    plain.append(2, bytes: shape)
    plain.append(4, bytes: floats)
    var type = ProtobufWriter()
    type.append(6, value: float)
    var value = ProtobufWriter()
    value.append(8, bytes: plain.bytes)
    var made = ProtobufWriter()
    made.append(1, bytes: node.name.utf8)
    made.append(2, bytes: "Const".utf8)
    for (key, message) in [("dtype", type), ("value", value)] {
      var entry = ProtobufWriter()
      entry.append(1, bytes: key.utf8)
      entry.append(2, bytes: message.bytes)
      made.append(5, bytes: entry.bytes)
    }
    return made.bytes
  }

  /// Dequantised values of the 256 codes by TensorFlow's MIN_FIRST mode, whose lowest value is rounded to a whole
  /// number of steps, so that zero is exact.
  public static func values(from low: Float, to high: Float) -> [Float] {
    guard low < high else { return [Float](repeating: low, count: 256) }
    let step = (Double(high) - Double(low)) / 255
    let first = (Double(low) / step).rounded() * step
    return (0..<256).map { Float(first + Double($0) * step) }
  }

  /// Returns a constant of one float32, in either of a tensor's two encodings.
  private static func scalar(_ node: Node) -> Float? {
    guard let tensor = node.attribute("value", 8)?.bytes else { return nil }
    for field in ProtobufReader(tensor) where field.number == 4 || field.number == 5 {
      guard field.bytes.count == 4 else { return nil }
      return Float(bitPattern: UInt32(littleEndian: field.bytes.loadUnaligned(as: UInt32.self)))
    }
    return nil
  }
}
