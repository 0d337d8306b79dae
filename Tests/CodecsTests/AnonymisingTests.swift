import Foundation
import TestSupport
import XCTest

@testable import Codecs
@testable import Recognition

/// Copies with parts that are unrecognisable: all else is as it was, in every kind of file.
final class AnonymisingTests: XCTestCase {
  /// A rectangle of the upright picture.
  private func rectangle(_ x: Float, _ y: Float, _ width: Float, _ height: Float) -> HiddenShape {
    .polygon(Box(x: x, y: y, width: width, height: height).corners, margin: 0)
  }

  /// The upright picture, decoded at full size.
  private func decoded(_ bytes: [UInt8]) throws -> Decoded {
    var limits = DecodeLimits()
    limits.fullDecode = true
    return try ImageDecoder(limits: limits).decode(bytes)
  }

  /// The largest difference of two pictures outside of a box with a margin, and the largest difference of a copy's pixels
  /// inside from their first.
  private func differences(_ original: Decoded, _ copy: Decoded, _ box: PixelRect, margin: Int) -> (
    outside: Int, inside: Int
  ) {
    XCTAssertEqual(original.header.size, copy.header.size)
    let size = copy.slot.size
    var (outside, inside) = (0, 0)
    let first = 3 * ((box.y + box.height / 2) * size.width + box.x + box.width / 2)
    for y in 0..<size.height {
      for x in 0..<size.width {
        let at = 3 * (y * size.width + x)
        let isInside =
          x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height
        let isNear =
          x >= box.x - margin && x < box.x + box.width + margin && y >= box.y - margin
          && y < box.y + box.height + margin
        for channel in 0..<3 {
          let value = Int(copy.slot.base[at + channel])
          if isInside { inside = max(inside, abs(value - Int(copy.slot.base[first + channel]))) }
          if !isNear { outside = max(outside, abs(value - Int(original.slot.base[at + channel]))) }
        }
      }
    }
    return (outside, inside)
  }

  func testJPEGsOfEveryKindKeepTheirOtherBlocks() throws {
    let files = try FileManager.default.contentsOfDirectory(
      atPath: Fixtures.root.appendingPathComponent("images").path
    ).filter { $0.hasSuffix(".jpg") }.sorted()
    XCTAssertGreaterThan(files.count, 20)
    for name in files {
      let original = try Fixtures.image(name)
      let picture = try decoded(original)
      let size = picture.header.size
      let box = PixelRect(x: size.width / 4, y: size.height / 4, width: size.width / 4, height: size.height / 4)
      let shape = rectangle(Float(box.x), Float(box.y), Float(box.width), Float(box.height))
      let copied = try AnonymisedCopy(original, hiding: [HiddenPart(shape, .fill)])
      let copy = try decoded(copied.file)
      XCTAssertEqual(copied.result.parts, 1, name)
      XCTAssertEqual(copy.warnings, [], name)
      XCTAssertEqual(copy.header.orientation, picture.header.orientation, name)
      // Blocks of a component may stand for 32 pixels, and the colours of a pixel beside one are interpolated.
      let found = differences(picture, copy, box, margin: 33)
      XCTAssertEqual(found.outside, 0, name)
      // The colours of the border are interpolated with those around it.
      let inner = PixelRect(x: box.x + 4, y: box.y + 4, width: box.width - 8, height: box.height - 8)
      XCTAssertLessThanOrEqual(differences(picture, copy, inner, margin: 0).inside, 24, name)
      XCTAssertNotEqual(copied.file, original, name)
      let frames = [original, copied.file].map { file in
        file.withUnsafeBytes { JPEGFrame(ByteReader($0)).map { [$0.marker, $0.precision, $0.components] } }
      }
      XCTAssertEqual(frames[0], frames[1], name)
    }
  }

  func testPartsAreHiddenInEveryOrientation() throws {
    for ending in ["jpg", "png", "webp"] {
      for orientation in 1...8 {
        let name = "exif_\(orientation).\(ending)"
        let original = try Fixtures.image(name)
        let picture = try decoded(original)
        let size = picture.header.size
        // Off centre, so that a wrong turn shows.
        let box = PixelRect(x: size.width / 16, y: size.height / 8, width: size.width / 4, height: size.height / 4)
        let shape = rectangle(Float(box.x), Float(box.y), Float(box.width), Float(box.height))
        let copy = try decoded(AnonymisedCopy(original, hiding: [HiddenPart(shape, .fill)]).file)
        let found = differences(picture, copy, box, margin: 17)
        // A touched WebP is encoded again as a whole.
        XCTAssertLessThanOrEqual(found.outside, ending == "webp" ? 48 : 0, name)
        XCTAssertLessThanOrEqual(found.inside, ending == "png" ? 0 : 24, name)
      }
    }
  }

  func testPNGsKeepDepthAndChannels() throws {
    for name in [
      "rgb.png", "rgb16.png", "grey.png", "grey16.png", "onebit.png", "palette.png", "alpha.png",
      "palette_transparent.png",
    ] {
      let original = try Fixtures.image(name)
      let picture = try decoded(original)
      let size = picture.header.size
      let box = PixelRect(x: size.width / 4, y: size.height / 4, width: size.width / 2, height: size.height / 2)
      let shape = rectangle(Float(box.x), Float(box.y), Float(box.width), Float(box.height))
      let file = try AnonymisedCopy(original, hiding: [HiddenPart(shape, .fill)]).file
      let found = differences(picture, try decoded(file), box, margin: 0)
      XCTAssertEqual(found.outside, 0, name)
      if !name.contains("alpha"), !name.contains("transparent") { XCTAssertEqual(found.inside, 0, name) }
      // Depth, and colour type: a palette becomes colours.
      XCTAssertEqual(file[24], max(8, original[24]), name)
      let isPalette = original[25] == 3
      XCTAssertEqual(file[25] & 3, isPalette ? 2 : original[25] & 3, name)
      if name.contains("16") {
        // Samples outside are the same in all of their bits.
        let samples = try [original, file].map { file in
          try file.withUnsafeBytes { raw in
            Swift.Result { () throws(Failure) in
              let limits = DecodeLimits()
              return try PNGDecoder(limits: limits, buffer: ScratchBuffer()).samples(raw, size: size)
            }
          }.get()
        }
        defer { for sample in samples { sample.data.deallocate() } }
        XCTAssertEqual(samples.map(\.sampleBytes), [2, 2], name)
        XCTAssertEqual(memcmp(samples[0].data, samples[1].data, samples[0].stride * box.y), 0, name)
      }
    }
  }

  func testPicturesWithoutPartsAreCopiedAsTheyAre() throws {
    for name in [
      "photo.jpg", "photo_progressive.jpg", "arithmetic.jpg", "restart.jpg", "rgb.png", "palette.png",
      "lossy.webp", "lossless.webp", "alpha.webp",
    ] {
      let original = try Fixtures.image(name)
      let file = try AnonymisedCopy(original, hiding: []).file
      XCTAssertEqual(file.count, original.count, name)
      XCTAssertEqual(file, original, name)
    }
  }

  func testOtherFormatsAreWrittenAsTheirTarget() throws {
    for name in ["exif_6.tif", "rgb.bmp", "rgb.ppm", "grey.pgm", "lossless.jp2", "palette.bmp"] {
      let original = try Fixtures.image(name)
      let picture = try decoded(original)
      let size = picture.header.size
      let box = PixelRect(x: size.width / 4, y: size.height / 4, width: size.width / 4, height: size.height / 4)
      let shape = rectangle(Float(box.x), Float(box.y), Float(box.width), Float(box.height))
      let file = try AnonymisedCopy(original, hiding: [HiddenPart(shape, .fill)]).file
      let copied = try decoded(file)
      XCTAssertEqual(
        PictureAnonymiser.target(of: picture.header.format).rawValue, copied.header.format.rawValue, name)
      let found = differences(picture, copied, box, margin: 8)
      XCTAssertLessThanOrEqual(found.outside, copied.header.format == .png ? 0 : 40, name)
      XCTAssertLessThanOrEqual(found.inside, copied.header.format == .png ? 0 : 24, name)
    }
  }

  func testEndlessPartsAreRefused() throws {
    let whole = HiddenPart(.ellipse(Box(x: 0, y: 0, width: 1e9, height: 1e9)), .pixelate)
    XCTAssertThrowsError(
      try AnonymisedCopy(Fixtures.image("photo.jpg"), hiding: [HiddenPart](repeating: whole, count: 100_000)))
  }

  func testFilesOfSeveralFramesAreRefused() throws {
    for name in ["animated.png", "animated.webp", "pages.tif"] {
      XCTAssertThrowsError(try AnonymisedCopy(Fixtures.image(name), hiding: []), name) { error in
        XCTAssertEqual((error as? Failure)?.code, .unsupported, name)
      }
    }
  }

  func testDamagedJPEGsAreWrittenAsTheyAreDecoded() throws {
    let original = try Fixtures.image("photo.jpg")
    let cut = Array(original.prefix(original.count * 2 / 3))
    let file = try AnonymisedCopy(cut, hiding: [], isDamaged: true).file
    let (before, after) = (try decoded(cut), try decoded(file))
    XCTAssertEqual(before.warnings, ["jpeg: premature end of data"])
    XCTAssertEqual(after.warnings, [])
    XCTAssertEqual(Array(before.slot.bytes), Array(after.slot.bytes))
    // Without a mark of the end what viewers show is not known either.
    XCTAssertEqual(try AnonymisedCopy(cut, hiding: []).file, file)
  }

  /// Nothing but the means of the cells is left, whatever the method.
  func testMethodsLeaveTheMeansOfFewCells() throws {
    let original = try Fixtures.image("rgb.png")
    let size = try decoded(original).header.size
    for method in HidingMethod.allCases {
      let grid = method.grid(of: PixelSize(width: 300, height: 200))
      XCTAssertEqual([grid.columns, grid.rows], method == .fill ? [1, 1] : [5, 4])
      let file = try AnonymisedCopy(
        original,
        hiding: [HiddenPart(.ellipse(Box(x: 0, y: 0, width: Float(size.width), height: Float(size.height))), method)]
      ).file
      let picture = try decoded(file)
      let row = (0..<size.width).map { x in picture.slot.base[3 * (size.height / 2 * size.width + x)] }
      let levels = Set(row[1..<size.width - 1]).count
      switch method {
      case .fill: XCTAssertEqual(levels, 1)
      case .pixelate: XCTAssertLessThanOrEqual(levels, 5)
      case .blur: XCTAssertGreaterThan(levels, 2)
      }
    }
  }
}
