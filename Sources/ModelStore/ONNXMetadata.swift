import Foundation
import Recognition

/// The texts that an ONNX file carries beside its network.
enum ONNXMetadata {
  /// The lines of the entry `key`; only line feeds end a line, for any other character may be one of an alphabet.
  static func lines(of key: String, in data: Data, origin: String) throws(SetupError) -> [String] {
    guard let value = ONNXDescription(data).metadata[key] else {
      throw SetupError("\(origin) has no metadata \"\(key)\"")
    }
    var lines = value.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      String(decoding: $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0, as: UTF8.self)
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard !lines.isEmpty else { throw SetupError("\(origin) holds no labels") }
    return lines
  }
}
