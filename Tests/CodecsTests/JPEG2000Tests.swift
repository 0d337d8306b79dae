import XCTest

@testable import Codecs
@testable import Recognition

/// Pictures that OpenJPEG decodes.
final class JPEG2000Tests: XCTestCase {
  private func difference(_ bytes: [UInt8], _ expected: (Int, Int) -> [Double]) throws -> Double {
    let picture = try StoredPicture(bytes)
    XCTAssertEqual(picture.size, PixelSize(width: 32, height: 24))
    XCTAssertEqual(picture.warnings, [])
    return picture.difference(from: expected)
  }

  func testDepthsAndSigns() throws {
    let grey: (Int, Int) -> [Double] = { [Double(Drawn.ramp($0, $1)) / 4095 * 255] }
    XCTAssertEqual(try difference(Drawn.file("one_bit.j2k")) { [Drawn.ramp($0, $1) > 1500 ? 255 : 0] }, 0)
    XCTAssertLessThanOrEqual(try difference(Drawn.file("twelve_bits.j2k"), grey), 0.5)
    XCTAssertLessThanOrEqual(try difference(Drawn.file("twelve_bits_signed.j2k"), grey), 0.5)
    XCTAssertLessThanOrEqual(
      try difference(Drawn.file("sixteen_bits.j2k")) { [Double(Drawn.ramp($0, $1) * 16) / 65535 * 255] }, 0.5)
  }

  func testTilesAndOffsetsOfThePicture() throws {
    XCTAssertEqual(try difference(Drawn.file("tiles.j2k"), Drawn.bgr), 0)
  }

  func testSubsampledChroma() throws {
    // Chroma is that of the upper left of four pixels.
    XCTAssertLessThanOrEqual(try difference(Drawn.file("ycc_420.j2k"), Drawn.bgr), 16)
  }

  func testTheLastOfTwoOrFourComponentsOfABareCodestreamIsAlpha() throws {
    XCTAssertEqual(
      try difference(Drawn.file("grey_alpha.j2k")) { x, y in
        [Drawn.green(x, y), Drawn.green(x, y), Drawn.green(x, y), Drawn.fourth(x, y)]
      }, 0)
    XCTAssertEqual(
      try difference(Drawn.file("four.j2k")) { Drawn.bgr($0, $1) + [Drawn.fourth($0, $1)] }, 0)
  }

  func testBoxesGiveTheMeaningOfComponents() throws {
    let four = try Drawn.file("four.j2k")
    // Without a definition, a component beyond the colours means nothing.
    XCTAssertEqual(try difference(JP2.file(four, components: 4, space: 16), Drawn.bgr), 0)
    // 1: opacity of the whole picture.
    var definitions: [UInt8] = [0, 4]
    for i in 0..<4 { definitions += [0, UInt8(i), 0, i == 3 ? 1 : 0, 0, i == 3 ? 0 : UInt8(i + 1)] }
    let alpha = JP2.box("cdef", definitions)
    XCTAssertEqual(
      try difference(JP2.file(four, components: 4, space: 16, boxes: alpha)) {
        Drawn.bgr($0, $1) + [Drawn.fourth($0, $1)]
      }, 0)
    // 12: CMYK, 0 for no ink.
    XCTAssertLessThanOrEqual(
      try difference(JP2.file(four, components: 4, space: 12)) { x, y in
        [Drawn.blue(x, y), Drawn.green(x, y), Drawn.red(x, y)].map { (255 - $0) * (255 - Drawn.fourth(x, y)) / 255 }
      }, 1)
    // 18: luma and chroma, here 128, 160 and 128.
    XCTAssertEqual(try StoredPicture(JP2.file(four, components: 4, space: 18))[16, 16], [185, 117, 128])
  }

  func testPalettes() throws {
    // Indices 0 and 1 into (10, 20, 30) and (200, 100, 50).
    let palette = JP2.box("pclr", [0, 2, 3, 7, 7, 7, 10, 20, 30, 200, 100, 50])
    let map = JP2.box("cmap", (0..<3).flatMap { [0, 0, 1, UInt8($0)] })
    let file = JP2.file(try Drawn.file("one_bit.j2k"), components: 1, depth: 1, space: 16, boxes: palette + map)
    XCTAssertEqual(
      try difference(file) { Drawn.ramp($0, $1) > 1500 ? [50, 100, 200] : [30, 20, 10] }, 0)
  }

  func testACutCodestreamIsDecodedWithAWarning() throws {
    let bytes = try Drawn.file("tiles.j2k")
    for count in [bytes.count / 2, bytes.count * 3 / 4, bytes.count - 2] {
      let picture = try StoredPicture(Array(bytes[..<count]))
      XCTAssertTrue(picture.warnings.contains("jpeg2000: premature end of data"), "\(picture.warnings)")
    }
  }

  func testLayoutsThatCostMoreThanTheirPixelsAreRefused() throws {
    let sound = try Drawn.file("four.j2k")
    // SIZ: the tile's size at offset 24, the components from 40 on.
    var tiles = sound
    for at in [27, 31] { tiles[at] = 1 }
    for at in [24, 25, 26, 28, 29, 30] { tiles[at] = 0 }
    XCTAssertThrowsError(try StoredPicture(tiles)) { XCTAssertEqual(($0 as? Failure)?.code, .truncated, "\($0)") }
    for (at, value) in [(8, 4), (12, 4)] { tiles[at + 2] = UInt8(value) }
    XCTAssertThrowsError(try StoredPicture(tiles)) { XCTAssertEqual(($0 as? Failure)?.code, .unsupported, "\($0)") }
    let deep = sound.enumerated().map { $0.offset == 42 ? 37 : $0.element }
    XCTAssertThrowsError(try StoredPicture(deep)) { XCTAssertEqual(($0 as? Failure)?.code, .unsupported, "\($0)") }
    let columns = JP2.box("pclr", [0, 1, 200] + [UInt8](repeating: 7, count: 200) + [UInt8](repeating: 9, count: 200))
    let file = JP2.file(try Drawn.file("one_bit.j2k"), components: 1, depth: 1, space: 16, boxes: columns)
    XCTAssertThrowsError(try StoredPicture(file)) { XCTAssertEqual(($0 as? Failure)?.code, .unsupported, "\($0)") }
  }

  func testTheHeaderReckonsTheMemoryOfTheComponents() throws {
    let bytes = try Drawn.file("four.j2k")
    let header = try bytes.withUnsafeBytes { try ImageDecoder().header(of: $0) }
    XCTAssertGreaterThan(header.libraryBytes, 4 * 4 * 32 * 24)
    XCTAssertGreaterThan(header.decodedBytes(for: []), header.libraryBytes)
  }

  func testFlippedBitsNeverCrash() throws {
    var dice = Dice(state: 8)
    for name in ["tiles.j2k", "ycc_420.j2k", "four.j2k"] {
      let sound = JP2.file(try Drawn.file(name), components: name == "four.j2k" ? 4 : 3, space: 16)
      for _ in 0..<150 {
        var bytes = sound
        for _ in 0..<Int.random(in: 1...4, using: &dice) {
          bytes[Int.random(in: 0..<bytes.count, using: &dice)] ^= 1 << UInt8.random(in: 0..<8, using: &dice)
        }
        _ = try? StoredPicture(bytes)
      }
    }
  }
}

/// The boxes of a JP2 file.
enum JP2 {
  static func box(_ kind: String, _ body: [UInt8]) -> [UInt8] { be(body.count + 8, 4) + Array(kind.utf8) + body }

  /// `codestream` of 32 x 24 pixels with a header; `space` is the enumerated colour space.
  static func file(
    _ codestream: [UInt8], components: Int, depth: Int = 8, space: Int, boxes: [UInt8] = []
  ) -> [UInt8] {
    let header = box("ihdr", be(24, 4) + be(32, 4) + be(components, 2) + [UInt8(depth - 1), 7, 0, 0])
    let colours = box("colr", [1, 0, 0] + be(space, 4))
    return box("jP  ", [13, 10, 0x87, 10]) + box("ftyp", Array("jp2 ".utf8) + be(0, 4) + Array("jp2 ".utf8))
      + box("jp2h", header + colours + boxes) + box("jp2c", codestream)
  }

  private static func be(_ value: Int, _ size: Int) -> [UInt8] {
    (0..<size).reversed().map { UInt8(value >> (8 * $0) & 255) }
  }
}
