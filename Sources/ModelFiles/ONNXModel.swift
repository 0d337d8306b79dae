import Foundation
import Platform

/// The metadata of an ONNX file and the shape of its first input.
public struct ONNXModel {
  /// Entries of `metadata_props`.
  public private(set) var metadata: [String: String] = [:]
  /// Dimensions of the graph's first input that is not a weight; nil for a free dimension.
  public private(set) var inputShape: [Int?]?
  /// Type of that input's numbers (`TensorProto.DataType`); nil if the file does not say.
  public private(set) var inputElement: Int?

  /// Reads no more than the file's outer layers; a broken file yields empty values.
  public init(_ bytes: UnsafeRawBufferPointer) {
    for field in ProtobufReader(bytes) {
      switch field.number {
      case ONNXField.Model.graph:
        guard inputShape == nil, inputElement == nil else { break }
        (inputElement, inputShape) = Self.input(of: field.bytes)
      case ONNXField.Model.metadata:
        if let key = Self.text(ONNXField.Entry.key, in: field.bytes),
          let value = Self.text(ONNXField.Entry.value, in: field.bytes)
        {
          metadata[key] = value
        }
      default: break
      }
    }
  }

  /// The element type and the shape of the first input that is no weight.
  private static func input(of graph: UnsafeRawBufferPointer) -> (element: Int?, shape: [Int?]?) {
    let weights = listedWeights(of: graph)
    for input in ProtobufReader(graph) where input.number == ONNXField.Graph.input {
      guard let name = text(ONNXField.Value.name, in: input.bytes), !weights.contains(name),
        let type = part(ONNXField.Value.type, of: input.bytes), let tensor = part(ONNXField.ValueType.tensor, of: type)
      else { continue }
      let element = ProtobufReader(tensor).first { $0.number == ONNXField.ValueType.element }.map {
        Int(clamping: $0.value)
      }
      let shape = part(ONNXField.ValueType.shape, of: tensor).map { shape in
        ProtobufReader(shape).filter { $0.number == ONNXField.Shape.dimension }.map { dimension in
          let length = ProtobufReader(dimension.bytes).first { $0.number == ONNXField.Shape.length }
          return length.map { Int(clamping: $0.value) }.flatMap { $0 > 0 ? $0 : nil }
        }
      }
      return (element, shape)
    }
    return (nil, nil)
  }

  /// The names of those inputs that are weights: old exports list these too.
  static func listedWeights(of graph: UnsafeRawBufferPointer) -> Set<String> {
    // No list of fields is made: one may have two bytes.
    let names = Set(
      ProtobufReader(graph).lazy.filter { $0.number == ONNXField.Graph.input }.compactMap {
        text(ONNXField.Value.name, in: $0.bytes)
      })
    var weights: Set<String> = []
    for weight in ProtobufReader(graph) where weight.number == ONNXField.Graph.weight {
      if let name = text(ONNXField.Tensor.name, in: weight.bytes), names.contains(name) { weights.insert(name) }
    }
    return weights
  }

  static func text(_ number: UInt64, in message: UnsafeRawBufferPointer) -> String? {
    ProtobufReader(message).first { $0.number == number }?.text
  }

  private static func part(_ number: UInt64, of message: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    ProtobufReader(message).first { $0.number == number }?.bytes
  }

  /// A name that a node of the graph reads and nothing in the graph gives; nil if every name is given. Only a damaged
  /// file has one, and OpenCV's importer then reads memory that is not its own, which crashes at times.
  public static func missingName(_ path: String) -> String? {
    guard let file = try? MappedFile(RawPath(path)) else { return nil }
    return file.withBytes { bytes in
      guard let graph = part(ONNXField.Model.graph, of: bytes) else { return nil }
      var given: Set<String> = [""]
      for field in ProtobufReader(graph) {
        switch field.number {
        case ONNXField.Graph.node:
          for output in ProtobufReader(field.bytes) where output.number == ONNXField.Node.output {
            given.insert(output.text)
          }
        case ONNXField.Graph.weight: if let name = text(ONNXField.Tensor.name, in: field.bytes) { given.insert(name) }
        case ONNXField.Graph.input: if let name = text(ONNXField.Value.name, in: field.bytes) { given.insert(name) }
        // Sparse weights have the name of their values.
        case ONNXField.Graph.sparseWeight:
          if let values = part(ONNXField.SparseTensor.values, of: field.bytes),
            let name = text(ONNXField.Tensor.name, in: values)
          {
            given.insert(name)
          }
        default: break
        }
      }
      for node in ProtobufReader(graph) where node.number == ONNXField.Graph.node {
        for input in ProtobufReader(node.bytes)
        where input.number == ONNXField.Node.input && !given.contains(input.text) {
          return input.text
        }
      }
      return nil
    }
  }

  /// Whether the fields of a file fill it exactly and a graph is among them. Reads a few bytes of each field.
  ///
  /// OpenVINO passes a file that its ONNX reader rejects to its other readers, one of which prints errors of its own;
  /// so truncated files and files of another kind are recognised first.
  public static func isWhole(_ path: String) -> Bool {
    guard let file = try? MappedFile(RawPath(path)) else { return false }
    return file.withBytes { bytes in
      var fields = ProtobufReader(bytes)
      var hasGraph = false
      while let field = fields.next() { hasGraph = hasGraph || field.number == ONNXField.Model.graph }
      return hasGraph && !fields.isBroken
    }
  }

  /// Lines of the metadata entry `key`, without empty ones at the end. Only line feeds end a line, since any other
  /// character may belong to an alphabet.
  ///
  /// Throws `SetupError` if there is no such entry, or it is empty; `origin` names the file in errors.
  public func lines(of key: String, origin: String) throws(SetupError) -> [String] {
    guard let value = metadata[key] else {
      throw SetupError("\(origin) has no metadata \"\(key)\"")
    }
    var lines = value.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      String(decoding: $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0, as: UTF8.self)
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard !lines.isEmpty else { throw SetupError("\(origin) contains no labels") }
    return lines
  }
}
