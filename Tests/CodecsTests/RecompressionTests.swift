import XCTest

@testable import Codecs
@testable import Recognition

/// The step of a network's preparation that passes the picture through JPEG.
final class RecompressionTests: XCTestCase {
  private func slot(_ order: ChannelOrder, quality: Int?) throws -> PixelBuffer {
    let spec = InputSpec(
      width: 96, height: 80, resize: .init(rule: .stretch), channels: order, mean: [0], scale: [1])
    return try ImageDecoder(limits: DecodeLimits()).decode(try Fixtures.image("photo.jpg")) { size in
      var spec = spec
      spec.jpegQuality = quality
      return spec.transform(of: size)
    }.slot
  }

  private func samples(_ slot: PixelBuffer) -> [UInt8] { withExtendedLifetime(slot) { Array(slot.bytes) } }

  /// The same as a file of that quality that is decoded.
  func testItIsWhatAFileLeavesOfThePicture() throws {
    for order in [ChannelOrder.bgr, .rgb, .grey] {
      let plain = try slot(order, quality: nil)
      let file = try ImageEncoder.encode(plain, as: .jpeg, quality: 75)
      let expected = try ImageDecoder(limits: DecodeLimits()).decode(file) { .whole($0, order: order) }.slot
      let through = try slot(order, quality: 75)
      XCTAssertEqual(samples(through), samples(expected), "\(order)")
      XCTAssertNotEqual(samples(through), samples(plain), "\(order)")
    }
  }

  func testALowerQualityLeavesLess() throws {
    let plain = samples(try slot(.bgr, quality: nil))
    let errors = try [100, 75, 5].map { quality in
      let through = samples(try slot(.bgr, quality: quality))
      return zip(through, plain).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    }
    XCTAssertEqual(errors, errors.sorted())
    XCTAssertLessThan(errors[0], errors[2])
  }
}
