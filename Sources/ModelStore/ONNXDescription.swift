import Foundation
import Recognition

/// What an ONNX file says of itself beside its nodes: its metadata, and what its graph takes.
struct ONNXDescription {
  /// ModelProto.metadata_props.
  private(set) var metadata: [String: String] = [:]
  /// The sides of the graph's first input that is not a weight; nil for a side that is free.
  private(set) var inputShape: [Int?]?

  /// Reads no more than the file's outer layers; what is broken tells nothing.
  init(_ data: Data) {
    data.withUnsafeBytes { bytes in
      for field in ProtocolFields(bytes) {
        switch field.number {
        case 7: if inputShape == nil { inputShape = Self.input(of: field.bytes) }
        case 14:
          let parts = Array(ProtocolFields(field.bytes))
          if let key = Self.text(1, in: parts), let value = Self.text(2, in: parts) { metadata[key] = value }
        default: break
        }
      }
    }
  }

  private static func input(of graph: UnsafeRawBufferPointer) -> [Int?]? {
    let fields = Array(ProtocolFields(graph))
    // Old exports list the weights among the inputs.
    let weights = Set(fields.filter { $0.number == 5 }.compactMap { text(8, in: Array(ProtocolFields($0.bytes))) })
    for input in fields where input.number == 11 {
      let parts = Array(ProtocolFields(input.bytes))
      guard let name = text(1, in: parts), !weights.contains(name), let type = part(2, of: parts),
        let tensor = part(1, of: Array(ProtocolFields(type))), let shape = part(2, of: Array(ProtocolFields(tensor)))
      else { continue }
      return ProtocolFields(shape).filter { $0.number == 1 }.map { dimension in
        ProtocolFields(dimension.bytes).first { $0.number == 1 }.map { Int(clamping: $0.value) }.flatMap {
          $0 > 0 ? $0 : nil
        }
      }
    }
    return nil
  }

  private static func text(_ number: UInt64, in fields: [ProtocolFields.Field]) -> String? {
    fields.first { $0.number == number }?.text
  }

  private static func part(_ number: UInt64, of fields: [ProtocolFields.Field]) -> UnsafeRawBufferPointer? {
    fields.first { $0.number == number }?.bytes
  }
}
