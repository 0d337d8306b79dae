import Foundation

/// The outermost layer of an ONNX file: protocol buffer fields one behind the other, among them the graph.
///
/// OpenVINO offers a file that its ONNX reader refuses to the other readers, of which one prints what it does not
/// understand; so files that are cut off or something else are told apart before.
enum ONNXFile {
  private static let graph: UInt64 = 7

  /// Whether the fields fill the file exactly and a graph is among them. Reads a few bytes of each field.
  static func isWhole(_ path: String) -> Bool {
    guard let file = fopen(path, "rb") else { return false }
    defer { fclose(file) }
    guard fseek(file, 0, SEEK_END) == 0 else { return false }
    let end = ftell(file)
    rewind(file)
    var hasGraph = false
    while ftell(file) < end {
      guard let tag = number(file) else { return false }
      let length: UInt64
      switch tag & 7 {
      case 0:
        guard number(file) != nil else { return false }
        length = 0
      case 1: length = 8
      case 2:
        guard let given = number(file) else { return false }
        length = given
      case 5: length = 4
      default: return false
      }
      let rest = end - ftell(file)
      guard tag >> 3 != 0, length <= UInt64(max(0, rest)), fseek(file, Int(length), SEEK_CUR) == 0 else { return false }
      if tag >> 3 == graph { hasGraph = true }
    }
    return hasGraph
  }

  /// A number of up to ten bytes, the low seven bits first.
  private static func number(_ file: UnsafeMutablePointer<FILE>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      let byte = fgetc(file)
      guard byte >= 0 else { return nil }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
