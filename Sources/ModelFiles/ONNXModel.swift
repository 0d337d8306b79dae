import Foundation
import Platform

/// The metadata of an ONNX file (`ModelProto`) and the shape of its first input.
///
/// Field numbers: onnx.proto3 of ONNX 1.16.
public struct ONNXModel {
  private static let graph: UInt64 = 7
  private static let metadataProperty: UInt64 = 14

  /// Entries of `metadata_props`.
  public private(set) var metadata: [String: String] = [:]
  /// Dimensions of the graph's first input that is not a weight; nil for a free dimension.
  public private(set) var inputShape: [Int?]?
  /// Type of that input's numbers (`TensorProto.DataType`); nil if the file does not say.
  public private(set) var inputElement: Int?

  /// Reads no more than the file's outer layers; a broken file yields empty values.
  public init(_ data: Data) {
    data.withUnsafeBytes { bytes in
      for field in ProtobufReader(bytes) {
        switch field.number {
        case Self.graph:
          guard inputShape == nil, inputElement == nil else { break }
          (inputElement, inputShape) = Self.input(of: field.bytes)
        case Self.metadataProperty:
          let parts = Array(ProtobufReader(field.bytes))
          if let key = Self.text(1, in: parts), let value = Self.text(2, in: parts) { metadata[key] = value }
        default: break
        }
      }
    }
  }

  private static func input(of graph: UnsafeRawBufferPointer) -> (element: Int?, shape: [Int?]?) {
    let fields = Array(ProtobufReader(graph))
    // Old exports list the weights among the inputs.
    let weights = Set(fields.filter { $0.number == 5 }.compactMap { text(8, in: Array(ProtobufReader($0.bytes))) })
    for input in fields where input.number == 11 {
      let parts = Array(ProtobufReader(input.bytes))
      guard let name = text(1, in: parts), !weights.contains(name), let type = part(2, of: parts),
        let tensor = part(1, of: Array(ProtobufReader(type)))
      else { continue }
      let fields = Array(ProtobufReader(tensor))
      let element = fields.first { $0.number == 1 }.map { Int(clamping: $0.value) }
      let shape = part(2, of: fields).map { shape in
        ProtobufReader(shape).filter { $0.number == 1 }.map { dimension in
          ProtobufReader(dimension.bytes).first { $0.number == 1 }.map { Int(clamping: $0.value) }.flatMap {
            $0 > 0 ? $0 : nil
          }
        }
      }
      return (element, shape)
    }
    return (nil, nil)
  }

  private static func text(_ number: UInt64, in fields: [ProtobufReader.Field]) -> String? {
    fields.first { $0.number == number }?.text
  }

  private static func part(_ number: UInt64, of fields: [ProtobufReader.Field]) -> UnsafeRawBufferPointer? {
    fields.first { $0.number == number }?.bytes
  }

  /// Whether the fields of a file fill it exactly and a graph is among them. Reads a few bytes of each field.
  ///
  /// OpenVINO passes a file that its ONNX reader rejects to its other readers, one of which prints errors of its own;
  /// so truncated files and files of another kind are recognised first.
  public static func isWhole(_ path: String) -> Bool {
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) else { return false }
    return data.withUnsafeBytes { bytes in
      var fields = ProtobufReader(bytes)
      var hasGraph = false
      while let field = fields.next() { hasGraph = hasGraph || field.number == graph }
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
