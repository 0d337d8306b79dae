import TestSupport
import XCTest

@testable import Codecs
@testable import Recognition

/// Alpha is composed as a viewer shows it, and hidden colours have no influence.
final class AlphaTests: XCTestCase {
  private let decoder = ImageDecoder()

  /// A disc of `ink` with a soft edge on clear, over which `hidden` stands where it is clear.
  private func disc(_ side: Int, ink: [Int], hidden: [Int]) -> PNGBytes {
    PNGBytes(width: side, height: side, kind: .rgba) { x, y, c in
      let (dx, dy) = (Double(x) - Double(side) / 2, Double(y) - Double(side) / 2)
      let alpha = max(0, min(255, Int((Double(side) / 3 - (dx * dx + dy * dy).squareRoot()) * 64)))
      if c == 3 { return alpha }
      return alpha > 0 ? ink[c] : hidden[c]
    }
  }

  private func picture(_ bytes: [UInt8], size: PixelSize? = nil, keepsAlpha: Bool = true) throws -> Picture {
    try bytes.withUnsafeBytes { raw in
      let header = try decoder.header(of: raw)
      return try decoder.picture(
        raw, header: header, size: size ?? header.size, order: .rgb, keepsAlpha: keepsAlpha)
    }
  }

  private func corner(_ bytes: [UInt8]) throws -> [UInt8] { Array(try decoder.decode(bytes).slot.samples.prefix(3)) }

  func testTheGroundIsWhiteAndBlackForLightInk() throws {
    for (ink, ground) in [
      ([0, 0, 0], UInt8(255)), ([200, 30, 30], 255), ([120, 120, 120], 255), ([180, 170, 160], 255),
      ([255, 255, 255], 0), ([210, 210, 210], 0), ([255, 255, 0], 0),
    ] {
      for hidden in [[0, 0, 0], [255, 255, 255], [255, 0, 255]] {
        XCTAssertEqual(
          try corner(disc(60, ink: ink, hidden: hidden).file), [ground, ground, ground], "\(ink) \(hidden)")
      }
    }
    // A light object with shades stays on white.
    let shaded = PNGBytes(width: 40, height: 40, kind: .rgba) { x, y, c in
      c == 3 ? (x > 4 ? 255 : 0) : x < 12 ? 120 : 240
    }
    XCTAssertEqual(try corner(shaded.file), [255, 255, 255])
    let clear = PNGBytes(width: 4, height: 4, kind: .rgba) { _, _, _ in 0 }
    XCTAssertEqual(try corner(clear.file), [255, 255, 255])
  }

  func testEveryKindOfTransparencyIsComposed() throws {
    // Half of a dark picture is clear; what is under the alpha is dark too.
    var key = PNGBytes(width: 8, height: 4, kind: .rgb) { x, _, _ in x < 4 ? 7 : 40 }
    key.transparency = [0, 7, 0, 7, 0, 7]
    var greyKey = PNGBytes(width: 8, height: 4, kind: .grey, depth: 16) { x, _, _ in x < 4 ? 0x1234 : 0x2828 }
    greyKey.transparency = [0x12, 0x34]
    var palette = PNGBytes(width: 8, height: 4, kind: .palette, depth: 1) { x, _, _ in x < 4 ? 0 : 1 }
    palette.palette = [7, 7, 7, 40, 40, 40]
    palette.transparency = [0]
    let greyAlpha = PNGBytes(width: 8, height: 4, kind: .greyAlpha) { x, _, c in x < 4 ? 0 : c == 0 ? 40 : 255 }
    let deep = PNGBytes(width: 8, height: 4, kind: .rgba, depth: 16) { x, _, c in
      x < 4 ? 0 : c == 3 ? 65535 : 40 * 257
    }
    let pamHeader = "P7\nWIDTH 8\nHEIGHT 4\nDEPTH 2\nMAXVAL 255\nTUPLTYPE GRAYSCALE_ALPHA\nENDHDR\n"
    let pamSamples: [UInt8] = (0..<32).flatMap { $0 % 8 < 4 ? [7, 0] : [40, 255] }
    let pam = Array(pamHeader.utf8) + pamSamples
    var files = [key, greyKey, palette, greyAlpha, deep].map(\.file) + [pam]
    for index in files.indices.prefix(5) {
      var png = [key, greyKey, palette, greyAlpha, deep][index]
      png.isInterlaced = true
      files.append(png.file)
    }
    for (index, file) in files.enumerated() {
      for order in [ChannelOrder.bgr, .grey] {
        let slot = try decoder.decode(file) { .whole($0, order: order) }.slot
        let row = (0..<8 * order.count).map { $0 < 4 * order.count ? UInt8(255) : 40 }
        XCTAssertEqual(slot.samples, Array([row, row, row, row].joined()), "file \(index)")
      }
      let kept = try picture(file)
      XCTAssertEqual(kept.alpha.map { Array($0.samples.prefix(8)) }, [0, 0, 0, 0, 255, 255, 255, 255], "file \(index)")
      XCTAssertTrue(kept.pixels.samples.allSatisfy { $0 == 40 }, "file \(index): hidden colours are replaced")
      let composed = try picture(file, keepsAlpha: false)
      XCTAssertNil(composed.alpha)
      XCTAssertTrue(composed.isComposed)
    }
  }

  func testFormatsWithAlphaAgree() throws {
    let png = try decoder.decode(Fixtures.image("alpha.png")).slot
    let opaque = try decoder.decode(Fixtures.image("rgb.png")).slot
    XCTAssertGreaterThan(meanDifference(png, opaque), 20)
    XCTAssertLessThanOrEqual(greatestDifference(try decoder.decode(Fixtures.image("alpha.webp")).slot, png), 1)
    let (a, b) = (try picture(Fixtures.image("alpha.png")), try picture(Fixtures.image("alpha.webp")))
    XCTAssertEqual(a.alpha.map { $0.samples }, b.alpha.map { $0.samples })
  }

  /// A BMP of 2 x 1 pixels with masks for the bits of each channel.
  private func bmp(_ samples: [UInt8], alphaMask: [UInt8]) -> [UInt8] {
    let header: [UInt8] = [108, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 32, 0, 3, 0, 0, 0, 8, 0, 0, 0]
    let masks: [UInt8] = [0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0] + alphaMask
    let info = header + [UInt8](repeating: 0, count: 16) + masks + [UInt8](repeating: 0, count: 52)
    return Array("BM".utf8) + [130, 0, 0, 0, 0, 0, 0, 0, 122, 0, 0, 0] + info + samples
  }

  func testAlphaOfABitmapIsThatOfItsMask() throws {
    let samples: [UInt8] = [10, 20, 30, 0, 10, 20, 30, 255]
    let mask: [UInt8] = [0, 0, 0, 255]
    XCTAssertEqual(try decoder.decode(bmp(samples, alphaMask: mask)).slot.samples, [255, 255, 255, 10, 20, 30])
    let opaque: [UInt8] = [10, 20, 30, 10, 20, 30]
    XCTAssertEqual(try decoder.decode(bmp(samples, alphaMask: [0, 0, 0, 0])).slot.samples, opaque)
    let empty: [UInt8] = [10, 20, 30, 0, 10, 20, 30, 0]
    XCTAssertEqual(try decoder.decode(bmp(empty, alphaMask: mask)).slot.samples, opaque, "alpha that is 0 everywhere")
  }

  func testAnOpaquePictureIsUntouched() throws {
    let value = { (x: Int, y: Int, c: Int) in c == 3 ? 255 : (x * 40 + y * 9 + c * 80) & 255 }
    let rgba = PNGBytes(width: 30, height: 20, kind: .rgba, sample: value)
    let rgb = PNGBytes(width: 30, height: 20, kind: .rgb, sample: value)
    XCTAssertEqual(meanDifference(try decoder.decode(rgba.file).slot, try decoder.decode(rgb.file).slot), 0)
    XCTAssertFalse(try picture(rgba.file, keepsAlpha: false).isComposed)
  }

  func testHiddenColoursDoNotMixIntoAReducedPicture() throws {
    let pictures = try [[0, 0, 0], [255, 255, 255], [0, 255, 0]].map {
      try picture(disc(96, ink: [250, 240, 220], hidden: $0).file, size: PixelSize(width: 31, height: 31))
    }
    for picture in pictures {
      XCTAssertEqual(picture.pixels.samples, pictures[0].pixels.samples)
      let colours = (0..<31 * 31).map { Array(picture.pixels.samples[3 * $0..<3 * $0 + 3]) }
      XCTAssertTrue(colours.allSatisfy { $0 == [250, 240, 220] }, "one colour, as all that is visible has it")
    }
  }

  func testExtensionFollowsTheNearestColour() throws {
    // Red on the left, blue on the right, clear between them and around.
    let png = PNGBytes(width: 60, height: 20, kind: .rgba) { x, y, c in
      let isVisible = (5..<15).contains(y) && ((5..<20).contains(x) || (40..<55).contains(x))
      if c == 3 { return isVisible ? 255 : 3 }
      return isVisible ? (x < 30 ? [200, 0, 0] : [0, 0, 200])[c] : 255
    }
    let kept = try picture(png.file)
    let pixel = { (x: Int, y: Int) in Array(kept.pixels.samples[3 * (60 * y + x)..<3 * (60 * y + x) + 3]) }
    XCTAssertEqual(pixel(20, 10)[0], 200, accuracy: 60)
    XCTAssertLessThan(pixel(4, 10)[2], 60)
    XCTAssertLessThan(pixel(56, 10)[0], 60)
    XCTAssertTrue(kept.pixels.samples.allSatisfy { $0 <= 200 }, "nothing of the white that was hidden")
  }

  func testOddSizesAndOrientation() throws {
    for (width, height) in [(1, 1), (1, 7), (7, 1), (33, 2)] {
      let png = PNGBytes(width: width, height: height, kind: .rgba) { x, y, c in c == 3 ? (x + y) % 3 * 127 : 60 }
      XCTAssertTrue(try picture(png.file).pixels.samples.allSatisfy { $0 == 60 || $0 == 0 })
      XCTAssertEqual(try picture(png.file).alpha?.size, PixelSize(width: width, height: height))
    }
  }
}
