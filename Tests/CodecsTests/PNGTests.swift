import TestSupport
import XCTest

@testable import Codecs
@testable import Recognition

/// PNG of every kind, and damaged PNG.
final class PNGTests: XCTestCase {
  private let decoder = ImageDecoder()

  /// The decoded picture in BGR.
  private func bgr(_ png: PNGBytes) throws -> [UInt8] {
    let decoded = try decoder.decode(png.file)
    XCTAssertEqual(decoded.warnings, [])
    return decoded.slot.samples
  }

  private func wanted(_ png: PNGBytes, _ value: (_ x: Int, _ y: Int, _ channel: Int) -> Int) -> [UInt8] {
    (0..<png.height).flatMap { y in
      (0..<png.width).flatMap { x in [2, 1, 0].map { UInt8(value(x, y, $0)) } }
    }
  }

  private static func pattern(_ x: Int, _ y: Int, _ c: Int) -> Int { (x * 37 + y * 11 + c * 71) & 255 }

  func testEveryDepthAndKindInterlacedOrNot() throws {
    // Sizes at which passes of the interlacing are empty or partial, too.
    for (width, height) in [(1, 1), (3, 2), (5, 9), (17, 8), (40, 33)] {
      for isInterlaced in [false, true] {
        for depth in [1, 2, 4, 8, 16] {
          let maximum = (1 << depth) - 1
          let value = { (x: Int, y: Int, c: Int) in Self.pattern(x, y, c) * 257 & maximum }
          // libpng's reduction: rounded, not cut.
          let reduced = { (v: Int) in (v * 255 * 2 + maximum) / (2 * maximum) }
          var grey = PNGBytes(width: width, height: height, kind: .grey, depth: depth, sample: value)
          grey.isInterlaced = isInterlaced
          XCTAssertEqual(try bgr(grey), wanted(grey) { x, y, _ in reduced(value(x, y, 0)) }, "grey \(depth)")
          if depth >= 8 {
            var rgb = PNGBytes(width: width, height: height, kind: .rgb, depth: depth, sample: value)
            rgb.isInterlaced = isInterlaced
            XCTAssertEqual(try bgr(rgb), wanted(rgb) { reduced(value($0, $1, $2)) }, "rgb \(depth)")
          }
          guard depth <= 8 else { continue }
          var palette = PNGBytes(width: width, height: height, kind: .palette, depth: depth, sample: value)
          let colour = { (index: Int, c: Int) -> Int in [index, 255 - index, index / 2][c] }
          palette.palette = (0...maximum).flatMap { index in (0..<3).map { UInt8(colour(index, $0)) } }
          palette.isInterlaced = isInterlaced
          XCTAssertEqual(try bgr(palette), wanted(palette) { colour(value($0, $1, 0), $2) }, "palette \(depth)")
        }
      }
    }
  }

  func testSlotsGetTheirOrder() throws {
    let png = PNGBytes(width: 9, height: 7, kind: .rgb, sample: Self.pattern)
    let bgr = try bgr(png)
    let rgb = try decoder.decode(png.file) { .whole($0, order: .rgb) }.slot.samples
    for i in stride(from: 0, to: bgr.count, by: 3) {
      XCTAssertEqual([bgr[i], bgr[i + 1], bgr[i + 2]], [rgb[i + 2], rgb[i + 1], rgb[i]])
    }
    for isInterlaced in [false, true] {
      var grey = PNGBytes(width: 9, height: 7, kind: .grey) { x, y, _ in Self.pattern(x, y, 0) }
      grey.isInterlaced = isInterlaced
      let slot = try decoder.decode(grey.file) { .whole($0, order: .grey) }.slot
      XCTAssertEqual(slot.samples, (0..<63).map { UInt8(Self.pattern($0 % 9, $0 / 9, 0)) })
    }
  }

  // MARK: damage

  private var striped: PNGBytes {
    var png = PNGBytes(width: 64, height: 64, kind: .rgb) { _, y, _ in y < 32 ? 200 : 90 }
    png.dataChunk = 1000
    return png
  }

  func testACutPictureIsDecodedAsFarAsItGoesWithAWarning() throws {
    let sound = striped.file
    for order in [ChannelOrder.bgr, .rgb, .grey] {
      let decoded = try decoder.decode(Array(sound[..<(sound.count / 2)])) { .whole($0, order: order) }
      XCTAssertEqual(decoded.warnings, ["png: premature end of data"])
      let row = 64 * order.count
      XCTAssertTrue(decoded.slot.samples[..<(24 * row)].allSatisfy { $0 == 200 }, "what is there is right")
      XCTAssertTrue(decoded.slot.samples[(40 * row)...].allSatisfy { $0 == 128 }, "what is missing is grey")
    }
    XCTAssertThrowsError(try decoder.decode(Array(sound[..<100]))) {
      XCTAssertEqual(($0 as? Failure)?.code, .truncated)
    }
    XCTAssertThrowsError(try decoder.decode(Array(sound[..<40]))) { XCTAssertEqual(($0 as? Failure)?.code, .truncated) }
  }

  func testACutInterlacedPictureIsCoarse() throws {
    var png = striped
    png.isInterlaced = true
    let sound = png.file
    let decoded = try decoder.decode(Array(sound[..<(sound.count / 2)]))
    XCTAssertEqual(decoded.warnings, ["png: premature end of data"])
    XCTAssertTrue(decoded.slot.samples.allSatisfy { $0 == 200 || $0 == 90 }, "blocks of the first passes cover all")
  }

  func testAMissingEndIsAWarningAndThePictureIsWhole() throws {
    let png = striped
    let whole = try decoder.decode(png.file)
    XCTAssertEqual(whole.warnings, [])
    let endless = try decoder.decode(Array(png.parts.dropLast().joined()))
    XCTAssertEqual(endless.warnings, ["png: premature end of data"])
    XCTAssertEqual(meanDifference(endless.slot, whole.slot), 0)
    var parts = png.parts
    parts[parts.count - 1][11] ^= 1
    let wrongEnd = try decoder.decode(Array(parts.joined()))
    XCTAssertEqual(wrongEnd.warnings, ["png: a checksum is wrong"])
    XCTAssertEqual(meanDifference(wrongEnd.slot, whole.slot), 0)
  }

  func testAWrongChecksumOverSoundDataIsAWarning() throws {
    let png = striped
    var parts = png.parts
    // The checksum of the second data chunk; the data have their own.
    parts[3][parts[3].count - 1] ^= 0x40
    let decoded = try decoder.decode(Array(parts.joined()))
    XCTAssertEqual(decoded.warnings, ["png: a checksum is wrong"])
    XCTAssertEqual(meanDifference(decoded.slot, try decoder.decode(png.file).slot), 0)
  }

  func testDamagedDataBeforeSoundDataAreCorrupt() throws {
    var parts = striped.parts
    parts[3][500] ^= 0x40
    for transform in [{ InputTransform.whole($0, order: .bgr) }, centre(8, short: 64)] {
      XCTAssertThrowsError(try decoder.decode(Array(parts.joined()), transform)) {
        XCTAssertEqual(($0 as? Failure)?.code, .corrupt)
        XCTAssertEqual(($0 as? Failure)?.message, "png: a checksum is wrong")
      }
    }
  }

  func testADamagedEndCountsAsCutOff() throws {
    var parts = striped.parts
    // The last two chunks of data, as a download that was filled up with zeros has them.
    for part in [parts.count - 3, parts.count - 2] {
      for at in 200..<parts[part].count - 4 { parts[part][at] = 0 }
    }
    let decoded = try decoder.decode(Array(parts.joined()))
    XCTAssertEqual(decoded.warnings, ["png: premature end of data"])
    XCTAssertTrue(decoded.slot.samples[..<(32 * 192)].allSatisfy { $0 == 200 })
    XCTAssertTrue(decoded.slot.samples.allSatisfy { [200, 90, 128].contains($0) }, "no damaged sample is used")
    // The rest of the file is zeros: no chunk follows.
    let zeros = Array(striped.file[..<6000]) + [UInt8](repeating: 0, count: 6000)
    XCTAssertEqual(try decoder.decode(zeros).warnings, ["png: premature end of data"])
  }

  func testTooFewRowsInASoundFileAreAWarning() throws {
    var parts = striped.parts
    parts.removeSubrange(8..<parts.count - 1)
    let decoded = try decoder.decode(Array(parts.joined()))
    XCTAssertEqual(decoded.warnings, ["png: premature end of data"])
    XCTAssertTrue(decoded.slot.samples[..<(24 * 192)].allSatisfy { $0 == 200 })
  }

  func testOddChunks() throws {
    let png = striped
    let whole = try decoder.decode(png.file).slot
    // Chunks between data chunks, empty data chunks, text and profiles that are no such thing.
    var parts = png.parts
    parts.insert(PNGBytes.chunk("tEXt", Array("a\0b".utf8)), at: 4)
    parts.insert(PNGBytes.chunk("IDAT", []), at: 3)
    parts.insert(PNGBytes.chunk("iCCP", [1, 2, 3]), at: 2)
    parts.insert(PNGBytes.chunk("gAMA", [0, 0, 0, 1]), at: 2)
    let decoded = try decoder.decode(Array(parts.joined()) + [1, 2, 3])
    XCTAssertEqual(decoded.warnings, [])
    XCTAssertEqual(meanDifference(decoded.slot, whole), 0)

    var unknown = png.parts
    unknown.insert(PNGBytes.chunk("ABCD", []), at: 2)
    XCTAssertThrowsError(try decoder.decode(Array(unknown.joined()))) {
      XCTAssertEqual(($0 as? Failure)?.code, .unsupported)
    }
    var apple = png.parts
    apple.insert(PNGBytes.chunk("CgBI", [0x50, 0, 0x20, 2]), at: 1)
    XCTAssertThrowsError(try decoder.decode(Array(apple.joined()))) {
      XCTAssertEqual(($0 as? Failure)?.code, .unsupported)
    }
    var noPalette = PNGBytes(width: 4, height: 4, kind: .palette) { _, _, _ in 0 }
    XCTAssertThrowsError(try decoder.decode(noPalette.file)) { XCTAssertEqual(($0 as? Failure)?.code, .corrupt) }
    // Samples beyond a short palette have no colour; they do not read behind it.
    noPalette.palette = [9, 9, 9]
    noPalette.sample = { x, _, _ in x * 60 }
    XCTAssertNoThrow(try decoder.decode(noPalette.file))
  }

  func testTheDeadlineHolds() throws {
    var limits = DecodeLimits()
    limits.timeout = .zero
    XCTAssertThrowsError(try ImageDecoder(limits: limits).decode(striped.file)) {
      XCTAssertEqual(($0 as? Failure)?.code, .timeout)
    }
  }

  func testNoStatePassesFromOneImageToTheNext() throws {
    var palette = PNGBytes(width: 20, height: 20, kind: .palette) { x, _, _ in x % 2 }
    palette.palette = [200, 10, 10, 10, 10, 200]
    palette.transparency = [128]
    let alone = try ImageDecoder().decode(striped.file)
    _ = try decoder.decode(palette.file)
    var damaged = striped.parts
    damaged[3][500] ^= 1
    _ = try? decoder.decode(Array(damaged.joined()))
    let after = try decoder.decode(striped.file)
    XCTAssertEqual(after.warnings, [])
    XCTAssertEqual(meanDifference(after.slot, alone.slot), 0)
    // A palette image without its palette does not take the one of the image before.
    palette.palette = []
    palette.transparency = []
    XCTAssertThrowsError(try decoder.decode(palette.file))
  }
}
