import XCTest

@testable import Codecs
@testable import Recognition

/// Kinds of JPEG that DCMTK decodes (Fixtures/jpeg, make_jpegs.py), and those that nothing does.
final class UncommonJPEGTests: XCTestCase {
  private func file(_ name: String) throws -> [UInt8] { try Fixtures.bytes("jpeg/\(name)") }

  /// The greatest difference of a decoded picture from samples that are computed.
  private func difference(_ name: String, _ expected: (Int, Int) -> [Double]) throws -> Double {
    let decoded = try ImageDecoder().decode(try file(name))
    XCTAssertEqual(decoded.warnings, [], name)
    XCTAssertEqual(decoded.header.size, PixelSize(width: 32, height: 24), name)
    var most = 0.0
    for y in 0..<24 {
      for x in 0..<32 {
        for (c, value) in expected(x, y).enumerated() {
          most = max(most, abs(Double(decoded.slot.base[y * decoded.slot.stride + x * 3 + c]) - value))
        }
      }
    }
    return most
  }

  private func ramp(_ x: Int, _ y: Int) -> [Double] {
    [Double](repeating: Double(Drawn.ramp(x, y)) / 4095 * 255, count: 3)
  }

  func testLossless() throws {
    XCTAssertEqual(try difference("lossless_rgb.jpg", Drawn.bgr), 0)
    XCTAssertEqual(try difference("lossless_grey.jpg") { [Double](repeating: Drawn.green($0, $1), count: 3) }, 0)
    XCTAssertLessThanOrEqual(try difference("lossless_16.jpg", ramp), 1.1)
  }

  func testTwelveBits() throws {
    XCTAssertLessThanOrEqual(try difference("twelve_grey.jpg", ramp), 2)
    // The colours are subsampled.
    XCTAssertLessThanOrEqual(try difference("twelve_colours.jpg", Drawn.bgr), 16)
  }

  func testJPEGLS() throws {
    XCTAssertEqual(try difference("colours.jls", Drawn.bgr), 0)
    XCTAssertLessThanOrEqual(try difference("sixteen.jls", ramp), 1.1)
  }

  func testOtherKindsAreNamed() throws {
    func changed(_ name: String, _ marker: [UInt8], to: [UInt8]) throws -> [UInt8] {
      var bytes = try name.hasPrefix("sampling") ? Fixtures.image(name) : file(name)
      let at = try XCTUnwrap(bytes.indices.first { bytes[$0...].starts(with: marker) })
      bytes.replaceSubrange(at..<at + to.count, with: to)
      return bytes
    }
    let kinds: [([UInt8], String)] = [
      (try changed("sampling_444.jpg", [0xFF, 0xC0], to: [0xFF, 0xC5]), "hierarchical"),
      (try changed("lossless_grey.jpg", [0xFF, 0xC3], to: [0xFF, 0xCB]), "lossless, arithmetic coding"),
      (try changed("twelve_grey.jpg", [0xFF, 0xC1], to: [0xFF, 0xC9]), "12 bits, arithmetic coding"),
      (try changed("twelve_grey.jpg", [0xFF, 0xC1, 0, 11, 12], to: [0xFF, 0xC1, 0, 11, 10]), "10 bits"),
    ]
    for (bytes, kind) in kinds {
      XCTAssertThrowsError(try ImageDecoder().decode(bytes)) {
        XCTAssertEqual(($0 as? Failure)?.code, .unsupported, kind)
        XCTAssertEqual(($0 as? Failure)?.message, "jpeg: \(kind): this kind is not read")
      }
    }
  }

  func testACutFileFails() throws {
    for name in ["lossless_rgb.jpg", "twelve_colours.jpg", "colours.jls"] {
      let bytes = try file(name)
      for share in stride(from: 5, to: 60, by: 6) {
        do {
          let picture = try ImageDecoder().decode(Array(bytes.prefix(bytes.count * share / 100)))
          XCTAssertFalse(picture.warnings.isEmpty, "\(name), \(share) %")
        } catch { XCTAssertTrue([.truncated, .corrupt].contains(error.code), "\(name), \(share) %: \(error)") }
      }
    }
  }
}
