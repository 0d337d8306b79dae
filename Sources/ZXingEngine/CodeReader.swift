import CZXing
import Recognition

/// Reads the codes of a grey picture.
enum CodeReader {
  /// The codes as `CodesHead` interprets them. `grey` is changed: what was read may be painted over.
  ///
  /// Throws `inferenceFailed` if the library fails.
  static func codes(in grey: UnsafeMutablePointer<UInt8>, size: PixelSize) throws(Failure) -> [Float] {
    var error = CZXingError()
    guard let found = czxing_read(grey, Int32(size.width), Int32(size.height), &error) else {
      throw Failure(.infer, .inferenceFailed, "ZXing-C++: \(error.text)")
    }
    defer { czxing_free(found) }
    var numbers: [Float] = []
    for code in UnsafeBufferPointer(start: found.pointee.codes, count: found.pointee.count) {
      guard let format = code.format else { continue }
      let text = UnsafeRawBufferPointer(start: code.text, count: code.text_length)
      let bytes = UnsafeRawBufferPointer(start: code.bytes, count: code.byte_count)
      // Text with control characters is binary to the library.
      let isBinary =
        String(validating: text, as: UTF8.self) == nil || (code.is_binary && !text.elementsEqual(bytes))
      // What does not fit into an answer is left out.
      guard numbers.count + text.count + bytes.count + 64 <= CodeRequest.mostNumbers else { break }
      CodesHead.append(
        corners: withUnsafeBytes(of: code.corners) { Array($0.bindMemory(to: Float.self)) }, isBinary: isBinary,
        format: Array(String(cString: format).utf8), text: text, bytes: isBinary ? Array(bytes) : [], to: &numbers)
    }
    return numbers
  }
}
