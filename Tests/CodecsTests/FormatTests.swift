import XCTest

@testable import Codecs
@testable import Recognition

/// Sound files of every kind.
final class FormatTests: XCTestCase {
  private let decoder = ImageDecoder()

  func testEveryOrientationGivesTheSameUprightSlot() throws {
    for suffix in ["png", "webp", "tif", "jpg"] {
      let upright = try decoder.decode(Fixtures.image("exif_1.\(suffix)"))
      let transforms: [(PixelSize) -> InputTransform] = [
        { .whole($0, order: .rgb) }, centre(20, short: 24), stretch(17, 9, order: .grey),
      ]
      for n in 1...8 {
        let bytes = try Fixtures.image("exif_\(n).\(suffix)")
        let turned = try decoder.decode(bytes)
        XCTAssertEqual(turned.header.orientation.rawValue, n, suffix)
        XCTAssertEqual(turned.header.size, PixelSize(width: 48, height: 32), "\(suffix) \(n)")
        XCTAssertLessThan(meanDifference(turned.slot, upright.slot), suffix == "jpg" ? 0.5 : 0.001, "\(suffix) \(n)")
        for transform in transforms {
          let expected = try decoder.decode(Fixtures.image("exif_1.\(suffix)"), transform)
          let given = try decoder.decode(bytes, transform)
          XCTAssertLessThan(meanDifference(given.slot, expected.slot), 1, "\(suffix) \(n)")
          XCTAssertLessThanOrEqual(greatestDifference(given.slot, expected.slot), suffix == "jpg" ? 40 : 1)
        }
      }
    }
  }

  func testKindsOfTheSamePictureAgree() throws {
    // Mean differences from the lossless RGB picture: exact, quantised, subsampled.
    let kinds: [(String, Double)] = [
      ("rgb16.png", 0), ("animated.png", 0), ("lossless.webp", 0), ("animated.webp", 0), ("pages.tif", 0),
      ("tiff_lzw.tif", 0), ("tiff_adobe_deflate.tif", 0), ("packbits.tif", 0), ("rgb.bmp", 0), ("rgb.ppm", 0),
      ("lossless.jp2", 0), ("stream.j2k", 0), ("palette.png", 8), ("palette.bmp", 8), ("sampling_444.jpg", 4),
      ("progressive_444.jpg", 4), ("sampling_422.jpg", 5),
      ("sampling_440.jpg", 5), ("sampling_411.jpg", 7), ("sampling_410.jpg", 8), ("sampling_311.jpg", 6),
      ("sampling_odd.jpg", 6), ("arithmetic.jpg", 6), ("restart.jpg", 6), ("rgb.jpg", 5), ("cmyk.jpg", 5),
      ("ycck.jpg", 5), ("lossy.webp", 6),
    ]
    let reference = try decoder.decode(Fixtures.image("rgb.png"))
    XCTAssertEqual(reference.warnings, [])
    for (name, most) in kinds {
      let decoded = try decoder.decode(Fixtures.image(name))
      XCTAssertLessThanOrEqual(meanDifference(decoded.slot, reference.slot), most, name)
      let several = ["animated.png", "animated.webp", "pages.tif"].contains(name)
      XCTAssertEqual(decoded.warnings.count, several ? 1 : 0, "\(name): \(decoded.warnings)")
      if several { XCTAssertTrue(decoded.warnings[0].hasSuffix("the first is read"), decoded.warnings[0]) }
    }
  }

  func testGreyAndBitmaps() throws {
    let reference = try decoder.decode(Fixtures.image("grey.png")) { .whole($0, order: .grey) }
    for (name, most) in [("grey16.png", 0.0), ("grey.pgm", 0), ("grey.jpg", 3), ("rgb.png", 1)] {
      let decoded = try decoder.decode(Fixtures.image(name)) { .whole($0, order: .grey) }
      XCTAssertLessThanOrEqual(meanDifference(decoded.slot, reference.slot), most, name)
    }
    let bits = try decoder.decode(Fixtures.image("onebit.png"))
    XCTAssertEqual(Set(bits.slot.bytes), [0, 255])
    XCTAssertEqual(meanDifference(bits.slot, try decoder.decode(Fixtures.image("onebit.pbm")).slot), 0)
    let text = try decoder.decode(Fixtures.image("text.ppm"))
    XCTAssertEqual(meanDifference(text.slot, try decoder.decode(Fixtures.image("exif_1.png")).slot), 0)
  }

  func testChannelOrders() throws {
    for name in ["photo.jpg", "rgb.png", "cmyk.jpg", "grey.jpg"] {
      let bytes = try Fixtures.image(name)
      let bgr = try decoder.decode(bytes).slot
      let rgb = try decoder.decode(bytes) { .whole($0, order: .rgb) }.slot
      for i in stride(from: 0, to: bgr.byteCount, by: 3) {
        XCTAssertTrue(bgr.base[i] == rgb.base[i + 2] && bgr.base[i + 2] == rgb.base[i], name)
      }
    }
  }

  func testSeveralViewsOfOneDecode() throws {
    let bytes = try Fixtures.image("photo.jpg")
    let transforms = [centre(224, short: 256, order: .rgb), stretch(160, 120, order: .grey), stretch(64, 64)]
    try bytes.withUnsafeBytes { raw in
      let header = try decoder.header(of: raw)
      let targets = transforms.map { make in
        let transform = make(header.size)
        return (transform: transform, slot: PixelBuffer(size: transform.slot, order: transform.order))
      }
      XCTAssertEqual(try decoder.decode(raw, header: header, into: targets), [])
      for (target, transform) in zip(targets, transforms) {
        let alone = try decoder.decode(bytes, transform)
        XCTAssertLessThan(meanDifference(target.slot, alone.slot), 1.5)
      }
    }
  }

  func testPaddingAroundALetterbox() throws {
    let spec = InputSpec(
      width: 64, height: 64, resize: .init(rule: .letterbox, pad: 114), channels: .rgb, mean: [0], scale: [1])
    let slot = try decoder.decode(Fixtures.image("photo.jpg")) { spec.transform(of: $0) }.slot
    // 500 x 375 becomes 64 x 48: eight rows of padding above and below.
    XCTAssertTrue(slot.bytes.prefix(8 * 64 * 3).allSatisfy { $0 == 114 })
    XCTAssertTrue(slot.bytes.suffix(8 * 64 * 3).allSatisfy { $0 == 114 })
    XCTAssertFalse(slot.bytes.dropFirst(8 * 64 * 3).prefix(64 * 3).allSatisfy { $0 == 114 })
  }

  func testEncodedPicturesDecode() throws {
    let picture = try decoder.decode(Fixtures.image("rgb.png")) { .whole($0, order: .rgb) }.slot
    for (format, quality, most) in [(EncodedFormat.png, 0, 0.0), (.jpeg, 95, 5), (.webp, 101, 0)] {
      let again = try decoder.decode(ImageEncoder.encode(picture, as: format, quality: quality)) {
        .whole($0, order: .rgb)
      }
      XCTAssertLessThanOrEqual(meanDifference(again.slot, picture), most)
    }
  }

  func testSniffingWantsMoreThanTwoLetters() {
    for text in ["BM is how it begins", "P6 monkeys", "P6 12 monkeys", "II*", "MM", "RIFF....WAVE", "\u{FEFF}text", ""]
    {
      XCTAssertNil(Array(text.utf8).withUnsafeBytes { FormatSniffer.format(of: $0) }, text)
    }
  }
}
