import XCTest

@testable import Codecs
@testable import Recognition

/// A picture as its library decodes it, before alpha is composed.
struct StoredPicture {
  var size: PixelSize
  var channels: Int
  var pixels: [UInt8]
  var warnings: [String]

  init(_ bytes: [UInt8], page: Int? = nil) throws {
    var size = PixelSize(width: 0, height: 0)
    var channels = 0
    var warnings: [String] = []
    pixels = try bytes.withUnsafeBytes { raw in
      let header = try ImageDecoder().header(of: raw, page: page)
      size = header.storedSize
      var pixels = [UInt8](repeating: 0xAA, count: size.area * 4)
      let request = LibraryDecoder.Request(format: header.format, size: header.storedSize, page: header.page)
      let decoded = pixels.withUnsafeMutableBufferPointer {
        LibraryDecoder.decode(raw, request, into: $0.baseAddress!)
      }
      let stored = try StoredPixels(decoded, name: header.formatName)
      channels = stored.channels
      warnings = header.warnings + stored.warnings
      return Array(pixels.prefix(size.area * channels))
    }
    self.size = size
    self.channels = channels
    self.warnings = warnings
  }

  /// The samples of a pixel.
  subscript(x: Int, y: Int) -> [UInt8] {
    let at = (y * size.width + x) * channels
    return Array(pixels[at..<at + channels])
  }

  /// The greatest difference from samples that are computed for each pixel.
  func difference(from expected: (_ x: Int, _ y: Int) -> [Double]) -> Double {
    var most = 0.0
    for y in 0..<size.height {
      for x in 0..<size.width {
        let pixel = expected(x, y)
        guard pixel.count == channels else { return .infinity }
        for (a, b) in zip(self[x, y], pixel) { most = max(most, abs(Double(a) - b)) }
      }
    }
    return most
  }
}

/// Pictures of Fixtures/formats (make_formats.py), 32 x 24.
enum Drawn {
  static func red(_ x: Int, _ y: Int) -> Double { Double(x * 8) }
  static func green(_ x: Int, _ y: Int) -> Double { Double(y * 10) }
  static func blue(_ x: Int, _ y: Int) -> Double { Double((x + y) * 4) }
  static func fourth(_ x: Int, _ y: Int) -> Double { Double(255 - x * 4) }
  static func bgr(_ x: Int, _ y: Int) -> [Double] { [blue(x, y), green(x, y), red(x, y)] }
  /// 0 to 4020.
  static func ramp(_ x: Int, _ y: Int) -> Int { x * 100 + y * 40 }

  static func file(_ name: String) throws -> [UInt8] { try Fixtures.bytes("formats/\(name)") }
}
