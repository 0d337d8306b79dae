import Foundation
import Recognition

/// The texts that an ONNX file carries beside its network (ModelProto.metadata_props), read without the rest.
enum ONNXMetadata {
  /// The lines of the entry `key`; only line feeds end a line, for any other character may be one of an alphabet.
  static func lines(of key: String, in data: Data, origin: String) throws(SetupError) -> [String] {
    guard let value = data.withUnsafeBytes({ value(of: key, in: $0) }) else {
      throw SetupError("\(origin) has no metadata \"\(key)\"")
    }
    var lines = value.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      String(decoding: $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0, as: UTF8.self)
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard !lines.isEmpty else { throw SetupError("\(origin) holds no labels") }
    return lines
  }

  private static func value(of key: String, in bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    for case (14, let entry) in fields(of: bytes) {
      let parts = fields(of: entry)
      guard let name = parts.first(where: { $0.number == 1 }), name.bytes.elementsEqual(key.utf8),
        let value = parts.first(where: { $0.number == 2 })
      else { continue }
      return Array(value.bytes)
    }
    return nil
  }

  /// The length-delimited fields of a protobuf message; those before the first that is broken.
  private static func fields(of message: UnsafeRawBufferPointer) -> [(number: Int, bytes: UnsafeRawBufferPointer)] {
    var found: [(number: Int, bytes: UnsafeRawBufferPointer)] = []
    var place = 0
    func varint() -> Int? {
      var value: UInt64 = 0
      for shift in stride(from: UInt64(0), to: 64, by: 7) {
        guard place < message.count else { return nil }
        let byte = message[place]
        place += 1
        value |= UInt64(byte & 0x7f) << shift
        if byte < 0x80 { return Int(exactly: value) }
      }
      return nil
    }
    while place < message.count, let tag = varint() {
      switch tag & 7 {
      case 0: guard varint() != nil else { return found }
      case 1: place += 8
      case 5: place += 4
      case 2:
        guard let length = varint(), length <= message.count - place else { return found }
        found.append((tag >> 3, UnsafeRawBufferPointer(rebasing: message[place..<place + length])))
        place += length
      default: return found
      }
    }
    return found
  }
}
