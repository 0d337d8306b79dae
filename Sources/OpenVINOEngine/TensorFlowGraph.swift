import EngineStore
import Foundation
import Recognition

/// Frozen TensorFlow graphs with weights in eight bits, which OpenVINO's reader refuses, made into plain ones.
///
/// Field numbers: graph.proto, node_def.proto, attr_value.proto and tensor.proto of TensorFlow.
enum TensorFlowGraph {
  struct Plain {
    var bytes: [UInt8]
    /// Whether its convolutions want NHWC.
    var isInterleaved: Bool
  }

  struct Refusal: Error, Equatable { var message: String }

  private struct Node {
    var name = ""
    var operation = ""
    var inputs: [String] = []
    var attributes: [String: UnsafeRawBufferPointer] = [:]
    let whole: UnsafeRawBufferPointer

    init(_ field: ProtocolFields.Field) {
      whole = field.whole
      for part in ProtocolFields(field.bytes) {
        switch part.number {
        case 1: name = part.text
        case 2: operation = part.text
        case 3: inputs.append(part.text)
        case 5:
          var key = ""
          var value = UnsafeRawBufferPointer(start: nil, count: 0)
          for half in ProtocolFields(part.bytes) {
            if half.number == 1 { key = half.text } else { value = half.bytes }
          }
          attributes[key] = value
        default: break
        }
      }
    }

    /// The field of an attribute's value: 2 text, 6 a type, 8 a tensor.
    func attribute(_ name: String, _ number: UInt64) -> ProtocolFields.Field? {
      attributes[name].flatMap { value in ProtocolFields(value).first { $0.number == number } }
    }
  }

  /// The graph with each constant of eight bits that is dequantised made a constant of float32; nil where there is
  /// none, so that the file can be used as it is.
  ///
  /// Throws `Refusal` where it is cut off, or quantised in another way.
  static func dequantised(_ file: UnsafeRawBufferPointer) throws(Refusal) -> Plain? {
    var fields = ProtocolFields(file)
    var nodes: [Node] = []
    var graph = ProtocolMessage()
    while let field = fields.next() {
      if field.number == 1 { nodes.append(Node(field)) } else { graph.append(whole: field.whole) }
    }
    guard !fields.isBroken else { throw Refusal(message: "it is not a whole TensorFlow graph") }
    guard nodes.contains(where: { $0.operation == "Dequantize" }) else { return nil }

    var constants: [String: Node] = [:]
    for node in nodes where node.operation == "Const" { constants[node.name] = node }
    // Constants that only feed what is replaced go with it.
    var spent: Set<String> = []
    for node in nodes where node.operation == "Dequantize" { spent.formUnion(node.inputs) }
    for node in nodes where node.operation != "Dequantize" { spent.subtract(node.inputs) }
    for node in nodes where !spent.contains(node.name) {
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

  /// The node in place of a Dequantize node, under its name.
  private static func constant(of node: Node, _ constants: [String: Node]) throws(Refusal) -> [UInt8] {
    let inputs = node.inputs.compactMap { constants[$0] }
    let unsigned8: UInt64 = 12
    guard inputs.count == 3, node.inputs.count == 3, node.attribute("T", 6)?.value == unsigned8,
      node.attribute("mode", 2)?.text == "MIN_FIRST", let tensor = inputs[0].attribute("value", 8)?.bytes,
      let low = scalar(inputs[1]), let high = scalar(inputs[2]), low <= high
    else { throw Refusal(message: "\(node.name) is quantised in a way that is not known here") }
    let table = values(from: low, to: high)

    var shape = UnsafeRawBufferPointer(start: nil, count: 0)
    var content = shape
    for field in ProtocolFields(tensor) {
      if field.number == 2 { shape = field.bytes }
      if field.number == 4 { content = field.bytes }
    }
    let floats = [UInt8](unsafeUninitializedCapacity: content.count * 4) { room, count in
      room.withMemoryRebound(to: Float.self) { room in
        for place in 0..<content.count { room[place] = table[Int(content[place])] }
      }
      count = content.count * 4
    }
    let float: UInt64 = 1
    var plain = ProtocolMessage()
    plain.append(1, value: float)
    plain.append(2, bytes: shape)
    plain.append(4, bytes: floats)
    var type = ProtocolMessage()
    type.append(6, value: float)
    var value = ProtocolMessage()
    value.append(8, bytes: plain.bytes)
    var made = ProtocolMessage()
    made.append(1, bytes: node.name.utf8)
    made.append(2, bytes: "Const".utf8)
    for (key, message) in [("dtype", type), ("value", value)] {
      var entry = ProtocolMessage()
      entry.append(1, bytes: key.utf8)
      entry.append(2, bytes: message.bytes)
      made.append(5, bytes: entry.bytes)
    }
    return made.bytes
  }

  /// What each of the 256 values stands for: TensorFlow's MIN_FIRST, whose lowest value is moved to a whole number of
  /// steps, so that zero is kept.
  static func values(from low: Float, to high: Float) -> [Float] {
    guard low < high else { return [Float](repeating: low, count: 256) }
    let step = (Double(high) - Double(low)) / 255
    let first = (Double(low) / step).rounded() * step
    return (0..<256).map { Float(first + Double($0) * step) }
  }

  /// A constant of one float32, in either of the ways that a tensor holds it.
  private static func scalar(_ node: Node) -> Float? {
    guard let tensor = node.attribute("value", 8)?.bytes else { return nil }
    for field in ProtocolFields(tensor) where field.number == 4 || field.number == 5 {
      guard field.bytes.count == 4 else { return nil }
      return Float(bitPattern: UInt32(littleEndian: field.bytes.loadUnaligned(as: UInt32.self)))
    }
    return nil
  }
}

/// A network's file as OpenVINO reads it.
struct ReadableFile {
  var path: String
  /// How the network takes its samples, where the file itself says so.
  var isInterleaved: Bool?
  private let temporary: Bool

  init(_ path: String) { (self.path, isInterleaved, temporary) = (path, nil, false) }

  /// A TensorFlow graph, made plain where it has to be; `directory` keeps that for the next start.
  init(tensorFlow file: String, digest: String, directory: String?) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: file), options: .mappedIfSafe)
    let plain = try data.withUnsafeBytes { bytes throws(TensorFlowGraph.Refusal) in
      try TensorFlowGraph.dequantised(bytes)
    }
    guard let plain else {
      (path, isInterleaved, temporary) = (file, nil, false)
      return
    }
    let folder = directory ?? NSTemporaryDirectory()
    let name = directory == nil ? UUID().uuidString : digest
    path = URL(fileURLWithPath: folder).appendingPathComponent("\(name).pb").path
    isInterleaved = plain.isInterleaved
    temporary = directory == nil
    let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    if size != plain.bytes.count {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data(plain.bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
  }

  /// Lets go of what is not for the next start.
  func close() { if temporary { try? FileManager.default.removeItem(atPath: path) } }
}
