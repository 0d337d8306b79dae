import XCTest

@testable import Codecs
@testable import Recognition

/// Pictures of Fixtures/modern (make_modern.py), 64 x 48: HEIC and AVIF through libheif, GIF through giflib, frames
/// of animated PNG through libpng, JPEG XL through libjxl.
final class ModernFormatTests: XCTestCase {
  /// BGR of the colours that all of them hold.
  private func colour(_ x: Int, _ y: Int) -> [Double] { [Double((x + y) * 2), Double(y * 5), Double(x * 4)] }

  private func picture(_ name: String, page: Int? = nil) throws -> StoredPicture {
    try StoredPicture(Fixtures.bytes("modern/\(name)"), page: page)
  }

  private func header(_ bytes: [UInt8]) throws -> ImageHeader {
    try bytes.withUnsafeBytes { try ImageDecoder().header(of: $0) }
  }

  private func code(_ bytes: [UInt8]) -> Failure.Code? {
    do {
      _ = try StoredPicture(bytes)
      return nil
    } catch { return (error as? Failure)?.code }
  }

  // MARK: HEIC and AVIF

  func testPixelsAreThoseOfThePicture() throws {
    for name in ["plain.heic", "plain.avif", "ten_bits.heic", "thumbnail.heic"] {
      let picture = try picture(name)
      XCTAssertEqual(picture.channels, 3, name)
      XCTAssertEqual(picture.warnings, [], name)
      XCTAssertLessThanOrEqual(picture.difference(from: colour), 4, name)
    }
    for name in ["grey.heic", "grey.avif"] {
      let picture = try picture(name)
      let difference = picture.difference { x, y in
        let colour = self.colour(x, y)
        let grey = 0.114 * colour[0] + 0.587 * colour[1] + 0.299 * colour[2]
        return [grey, grey, grey]
      }
      XCTAssertLessThanOrEqual(difference, 4, name)
    }
  }

  func testAlphaIsStraight() throws {
    for name in ["alpha.heic", "alpha.avif", "alpha.jxl"] {
      let picture = try picture(name)
      XCTAssertEqual(picture.channels, 4, name)
      for (x, alpha) in [(5, 255), (32, 128), (60, 0)] {
        XCTAssertEqual(Double(picture[x, 20][3]), Double(alpha), accuracy: 3, name)
      }
      // Colours under little alpha are not exact.
      for x in [5, 32] {
        for (sample, expected) in zip(picture[x, 20], colour(x, 20)) {
          XCTAssertEqual(Double(sample), expected, accuracy: 6, "\(name) at \(x)")
        }
      }
    }
  }

  func testRotationsAndMirroringsOfItemsAreAppliedOnce() throws {
    for kind in ["heic", "avif"] {
      let turned = try picture("turned6.\(kind)")
      XCTAssertEqual(turned.size, PixelSize(width: 48, height: 64))
      // Rotated by 90 degrees clockwise: the column 47 - y of the stored picture is the row x.
      XCTAssertLessThanOrEqual(turned.difference { x, y in self.colour(y, 47 - x) }, 4, kind)
      XCTAssertLessThanOrEqual(try picture("turned2.\(kind)").difference { x, y in self.colour(63 - x, y) }, 4, kind)
      XCTAssertEqual(try header(Fixtures.bytes("modern/turned6.\(kind)")).orientation, .upright)
    }
  }

  func testThePrimaryPictureIsReadAndThoseBesideItAreCounted() throws {
    let primary = try picture("three.heic")
    XCTAssertEqual(primary.size, PixelSize(width: 48, height: 64))
    XCTAssertEqual(primary.warnings, ["heic: 3 pictures, the first is read"])
    XCTAssertLessThanOrEqual(try picture("three.heic", page: 1).difference(from: colour), 4)
    XCTAssertLessThanOrEqual(try picture("three.heic", page: 2).difference { x, y in self.colour(63 - x, y) }, 4)
    // Thumbnails and alpha planes are no pages.
    XCTAssertEqual(try header(Fixtures.bytes("modern/thumbnail.heic")).pages, 1)
    XCTAssertEqual(try header(Fixtures.bytes("modern/alpha.heic")).pages, 1)
  }

  func testACutFileIsTruncated() throws {
    for name in ["plain.heic", "plain.avif", "alpha.jxl", "boxes.jxl"] {
      let bytes = try Fixtures.bytes("modern/\(name)")
      for part in [2, 3] {
        XCTAssertEqual(code(Array(bytes.prefix(bytes.count - bytes.count / part))), .truncated, name)
      }
    }
    // Within the boxes before the pixels.
    XCTAssertEqual(code(Array(try Fixtures.bytes("modern/plain.heic").prefix(120))), .truncated)
  }

  func testASizeThatTheDataDoNotHaveIsAFailure() throws {
    var bytes = try Fixtures.bytes("modern/plain.avif")
    for place in bytes.indices where bytes[place...].starts(with: Array("ispe".utf8)) { bytes[place + 10] = 1 }
    XCTAssertEqual(try header(bytes).size.width, 256 + 64)
    XCTAssertNotNil(code(bytes))
  }

  // MARK: GIF

  func testFramesAreComposedOnATransparentCanvas() throws {
    let names: [[UInt8]: String] = [
      [0, 0, 0, 0]: "none", [0, 0, 255, 255]: "red", [0, 255, 0, 255]: "green", [255, 0, 0, 255]: "blue",
      [255, 255, 255, 255]: "white",
    ]
    let places = [(9, 5), (20, 10), (45, 30), (2, 42), (0, 0)]
    let expected = [
      ["red", "red", "none", "none", "none"],
      ["red", "green", "none", "none", "none"],
      // The green frame clears its place, also where red was.
      ["red", "none", "blue", "none", "none"],
      ["red", "none", "none", "white", "none"],
    ]
    for (page, colours) in expected.enumerated() {
      let picture = try picture("parts.gif", page: page)
      XCTAssertEqual(picture.size, PixelSize(width: 64, height: 48))
      XCTAssertEqual(places.map { names[picture[$0.0, $0.1]] ?? "other" }, colours, "frame \(page)")
    }
    XCTAssertEqual(try picture("parts.gif").warnings, ["gif: 4 frames, the first is read"])
  }

  /// The picture of a page with its colours times alpha, BGRA.
  private func composed(_ bytes: [UInt8], page: Int) throws -> (size: PixelSize, pixels: [[UInt8]], warnings: [String])
  {
    try bytes.withUnsafeBytes { raw in
      let decoder = ImageDecoder()
      let header = try decoder.header(of: raw, page: page)
      let picture = try decoder.picture(raw, header: header, size: header.size, order: .bgr)
      let pixels = (0..<header.size.area).map { at -> [UInt8] in
        let alpha: UInt8 = picture.alpha?.bytes[at] ?? 255
        return (0..<3).map { channel in
          let sample = picture.pixels.bytes[picture.isGrey ? at : 3 * at + channel]
          return UInt8(Int(sample) * Int(alpha) / 255)
        } + [alpha]
      }
      return (header.size, pixels, picture.warnings)
    }
  }

  func testFramesOfAnAnimatedPNG() throws {
    let names: [[UInt8]: String] = [
      [0, 0, 0, 0]: "none", [0, 0, 255, 255]: "red", [0, 255, 0, 255]: "green", [255, 0, 0, 255]: "blue",
      [255, 255, 255, 255]: "white",
    ]
    let places = [(9, 5), (20, 10), (45, 30), (2, 42), (0, 0)]
    let frames = [
      ["red", "red", "none", "none", "none"],
      ["red", "green", "none", "none", "none"],
      ["red", "none", "blue", "none", "none"],
      ["red", "none", "none", "white", "none"],
    ]
    // The picture for viewers without animation is no frame of the second.
    for (name, expected) in [("parts.png", frames), ("aside.png", [Array(repeating: "white", count: 5)] + frames)] {
      let bytes = try Fixtures.bytes("modern/\(name)")
      XCTAssertEqual(try header(bytes).warnings, ["png: \(expected.count) frames, the first is read"])
      for (page, colours) in expected.enumerated() {
        let picture = try composed(bytes, page: page)
        XCTAssertEqual(picture.size, PixelSize(width: 64, height: 48))
        XCTAssertEqual(
          places.map { names[picture.pixels[$0.1 * 64 + $0.0]] ?? "other" }, colours, "\(name), frame \(page)")
        XCTAssertEqual(picture.warnings, [])
      }
    }
  }

  func testDamageOfAnAnimatedPNG() throws {
    let bytes = try Fixtures.bytes("modern/parts.png")
    let starts = bytes.indices.filter { bytes[$0...].starts(with: Array("fdAT".utf8)) }
    // A wrong checksum of the second frame.
    var damaged = bytes
    damaged[starts[0] + 10] ^= 0x55
    XCTAssertThrowsError(try composed(damaged, page: 1)) { XCTAssertEqual(($0 as? Failure)?.code, .corrupt) }
    XCTAssertThrowsError(try composed(damaged, page: 3), "drawn on the second")
    XCTAssertNoThrow(try composed(damaged, page: 0))
    // A frame that is outside the canvas.
    var outside = bytes
    let control = bytes.indices.filter { bytes[$0...].starts(with: Array("fcTL".utf8)) }[1]
    outside[control + 4 + 14] = 1
    XCTAssertThrowsError(try composed(outside, page: 1)) { XCTAssertEqual(($0 as? Failure)?.code, .corrupt) }
    // The file ends within the third frame.
    let cut = Array(bytes.prefix(starts[2] + 12))
    XCTAssertEqual(try header(cut).pages, 3)
    XCTAssertThrowsError(try composed(cut, page: 2)) { XCTAssertEqual(($0 as? Failure)?.code, .truncated) }
    XCTAssertNoThrow(try composed(cut, page: 1))
  }

  func testInterlacedRowsAndTransparentColours() throws {
    let palette: [[Double]] = [[0, 0, 255, 255], [0, 255, 0, 255], [0, 0, 0, 0]]
    XCTAssertEqual(
      try picture("transparent.gif").difference { x, y in palette[(x / 8 + y / 8) % 3] }, 0)
  }

  func testACutGIFIsShownInPart() throws {
    let bytes = try Fixtures.bytes("modern/transparent.gif")
    let picture = try StoredPicture(Array(bytes.prefix(bytes.count - 100)))
    XCTAssertEqual(picture.warnings, ["gif: premature end of data"])
    XCTAssertEqual(code(Array(bytes.prefix(30))), .truncated)
    XCTAssertEqual(code(Array(bytes.prefix(10))), .truncated)
  }

  // MARK: JPEG XL

  func testJPEGXLIsExact() throws {
    for name in ["plain.jxl", "boxes.jxl"] {
      let picture = try picture(name)
      XCTAssertEqual(picture.size, PixelSize(width: 64, height: 48), name)
      XCTAssertEqual(picture.difference { x, y in self.colour(x, y) + [255] }, 0, name)
    }
    XCTAssertEqual(try picture("odd.jxl").size, PixelSize(width: 97, height: 35))
  }

  func testTheOrientationOfJPEGXLIsThatOfTheCodestream() throws {
    let header = try header(Fixtures.bytes("modern/turned6.jxl"))
    XCTAssertEqual(header.orientation, .rotated90)
    XCTAssertEqual(header.size, PixelSize(width: 48, height: 64))
    let stored = try picture("turned6.jxl")
    XCTAssertLessThanOrEqual(stored.difference { x, y in self.colour(x, y) + [255] }, 6)
  }

  // MARK: Damage

  private func decodeSmall(_ bytes: [UInt8], page: Int) {
    bytes.withUnsafeBytes { raw in
      let decoder = ImageDecoder()
      guard let header = try? decoder.header(of: raw, page: page), header.size.area <= 1 << 20 else { return }
      let transform = InputTransform.whole(header.size, order: .bgr, longSide: 16)
      let slot = PixelBuffer(size: transform.slot, order: .bgr)
      _ = try? decoder.decode(raw, header: header, into: [(transform, slot)])
    }
  }

  func testFlippedBitsNeverCrashTheHeaders() throws {
    var random = SystemRandomNumberGenerator()
    for name in ["three.heic", "alpha.avif", "parts.gif", "parts.png", "aside.png", "boxes.jxl", "turned6.jxl"] {
      let bytes = try Fixtures.bytes("modern/\(name)")
      for _ in 0..<3_000 {
        var damaged = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          damaged[Int.random(in: 0..<min(bytes.count, 600), using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        if let header = try? header(damaged) {
          XCTAssertGreaterThan(header.size.width, 0)
          XCTAssertGreaterThanOrEqual(header.libraryBytes, 0)
        }
        damaged.withUnsafeBytes { _ = try? PageCounter.count(in: $0) }
        guard name.hasSuffix("png") else { continue }
        for page in 1..<4 { decodeSmall(damaged, page: page) }
      }
    }
  }
}
