/// The header of a NumPy file, version 1.0.
public enum NumPyHeader {
  /// The bytes before an array in C order: of `length` bytes, or as few as fit, a multiple of 64.
  ///
  /// - `type`: the type of an element, such as `<f4` or `|u1`.
  /// - `shape`: at least two sides.
  public static func bytes(type: String, shape: [Int], length: Int? = nil) -> [UInt8] {
    let sides = shape.map(String.init).joined(separator: ", ")
    let text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sides)), }"
    // Magic, version and the length of the text take 10 bytes, the line break one.
    let length = length ?? (10 + text.utf8.count + 1 + 63) / 64 * 64
    let rest = length - 10
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(rest & 0xff), UInt8(rest >> 8)]
    bytes += Array(text.utf8)
    return bytes + [UInt8](repeating: UInt8(ascii: " "), count: length - 1 - bytes.count) + [UInt8(ascii: "\n")]
  }
}
