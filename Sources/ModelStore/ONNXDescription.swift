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
      for field in Self.fields(of: bytes) {
        switch field.number {
        case 7: if inputShape == nil { inputShape = Self.input(of: field.bytes) }
        case 14:
          let parts = Self.fields(of: field.bytes)
          if let key = Self.text(1, in: parts), let value = Self.text(2, in: parts) { metadata[key] = value }
        default: break
        }
      }
    }
  }

  private static func input(of graph: UnsafeRawBufferPointer) -> [Int?]? {
    let fields = fields(of: graph)
    // Old exports list the weights among the inputs.
    let weights = Set(fields.filter { $0.number == 5 }.compactMap { text(8, in: Self.fields(of: $0.bytes)) })
    for input in fields where input.number == 11 {
      let parts = Self.fields(of: input.bytes)
      guard let name = text(1, in: parts), !weights.contains(name), let type = part(2, of: parts),
        let tensor = part(1, of: Self.fields(of: type)), let shape = part(2, of: Self.fields(of: tensor))
      else { continue }
      return Self.fields(of: shape).filter { $0.number == 1 }.map { dimension in
        Self.fields(of: dimension.bytes).first { $0.number == 1 }.map { Int(clamping: $0.value) }.flatMap {
          $0 > 0 ? $0 : nil
        }
      }
    }
    return nil
  }

  private static func text(_ number: Int, in fields: [Field]) -> String? {
    part(number, of: fields).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func part(_ number: Int, of fields: [Field]) -> UnsafeRawBufferPointer? {
    fields.first { $0.number == number }?.bytes
  }

  /// A field of a protobuf message: a number, or what has a length.
  private struct Field {
    var number: Int
    var value: UInt64 = 0
    var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
  }

  /// The numbers and length-delimited fields of a message; those before the first that is broken.
  private static func fields(of message: UnsafeRawBufferPointer) -> [Field] {
    var found: [Field] = []
    var place = 0
    func varint() -> UInt64? {
      var value: UInt64 = 0
      for shift in stride(from: UInt64(0), to: 70, by: 7) {
        guard place < message.count else { return nil }
        let byte = message[place]
        place += 1
        value |= UInt64(byte & 0x7f) << shift
        if byte < 0x80 { return value }
      }
      return nil
    }
    while place < message.count, let tag = varint() {
      let number = Int(clamping: tag >> 3)
      switch tag & 7 {
      case 0:
        guard let value = varint() else { return found }
        found.append(Field(number: number, value: value))
      case 1: place += 8
      case 5: place += 4
      case 2:
        guard let length = varint(), length <= UInt64(message.count - place) else { return found }
        let end = place + Int(length)
        found.append(Field(number: number, bytes: UnsafeRawBufferPointer(rebasing: message[place..<end])))
        place = end
      default: return found
      }
    }
    return found
  }
}
