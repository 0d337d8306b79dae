import CDecoders
import XCTest

@testable import Codecs
@testable import Recognition

/// Pictures that libwebp decodes.
final class WebPTests: XCTestCase {
  func testAlphaIsKept() throws {
    let picture = try StoredPicture(Fixtures.image("alpha.webp"))
    XCTAssertEqual(picture.channels, 4)
    XCTAssertGreaterThan(Set(stride(from: 3, to: picture.pixels.count, by: 4).map { picture.pixels[$0] }).count, 1)
    XCTAssertEqual(try StoredPicture(Fixtures.image("lossy.webp")).channels, 3)
  }

  func testAFirstFrameThatIsAPartStandsOnItsCanvas() throws {
    let picture = try StoredPicture(Drawn.file("parts.webp"))
    XCTAssertEqual(picture.size, PixelSize(width: 32, height: 24))
    XCTAssertEqual(picture.warnings, ["webp: 3 frames, the first is read"])
    // The background colour of the file is ignored, as viewers do.
    let square = 8..<18
    let rows = 6..<14
    XCTAssertEqual(
      picture.difference { x, y in square.contains(x) && rows.contains(y) ? [20, 40, 200, 255] : [0, 0, 0, 0] }, 0)
  }

  func testFurtherFramesAreBlendedOverThoseBefore() throws {
    let bytes = try Drawn.file("parts.webp")
    var pixels = [UInt8](repeating: 0xAA, count: 32 * 24 * 4)
    let result = decode(bytes, page: 1, into: &pixels)
    XCTAssertEqual(result, cdecoders_ok)
    func pixel(_ x: Int, _ y: Int) -> [UInt8] { Array(pixels[(y * 32 + x) * 4..<(y * 32 + x) * 4 + 4]) }
    XCTAssertEqual(pixel(9, 7), [20, 40, 200, 255])
    XCTAssertEqual(pixel(20, 9), [240, 0, 0, 128])
    // Half of the second frame over the first one.
    XCTAssertEqual(pixel(15, 10), [130, 20, 100, 255])
    XCTAssertEqual(pixel(0, 0), [0, 0, 0, 0])
    XCTAssertEqual(decode(bytes, page: 3, into: &pixels), cdecoders_corrupt)
  }

  func testAFrameOutsideItsCanvasIsAFailure() throws {
    var bytes = try Drawn.file("parts.webp")
    let frame = try XCTUnwrap(bytes.indices.first { bytes[$0...].starts(with: Array("ANMF".utf8)) })
    bytes[frame + 8] = 200
    XCTAssertThrowsError(try StoredPicture(bytes)) { XCTAssertEqual(($0 as? Failure)?.code, .corrupt) }
  }

  private func decode(_ bytes: [UInt8], page: Int32, into pixels: inout [UInt8]) -> cdecoders_status {
    bytes.withUnsafeBufferPointer { data in
      pixels.withUnsafeMutableBufferPointer { target in
        var request = cdecoders_request()
        request.data = data.baseAddress
        request.size = data.count
        request.page = page
        request.width = 32
        request.height = 24
        request.pixels = target.baseAddress
        var result = cdecoders_result()
        cdecoders_webp(&request, &result)
        return result.status
      }
    }
  }
}
