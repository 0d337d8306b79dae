/// The header that makes samples of 8 bits, pixel by pixel, an image file.
enum SampleHeader {
  /// A PNM for one or three channels, a PAM for four (RGB and alpha); nil for other numbers.
  static func bytes(width: some BinaryInteger, height: some BinaryInteger, channels: some BinaryInteger) -> [UInt8]? {
    switch channels {
    case 1: Array("P5\n\(width) \(height)\n255\n".utf8)
    case 3: Array("P6\n\(width) \(height)\n255\n".utf8)
    case 4: Array("P7\nWIDTH \(width)\nHEIGHT \(height)\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n".utf8)
    default: nil
    }
  }
}
