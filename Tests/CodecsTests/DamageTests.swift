import Foundation
import XCTest

@testable import Codecs
@testable import Recognition

/// Nothing crashes, and nothing damaged is passed off as sound.
final class DamageTests: XCTestCase {
  private struct Expected: Decodable {
    var code: String?
    var warnings: Bool?
    var ok: Bool?
    var broken: Bool?
  }

  func testEverySpecimenGetsWhatTheTableSays() throws {
    let table = try JSONDecoder().decode(
      [String: Expected].self, from: Data(Fixtures.bytes("damaged/expected.json")))
    XCTAssertGreaterThan(table.count, 40)
    let decoder = ImageDecoder()
    for transform in [
      { InputTransform.whole($0, order: .bgr) }, centre(224, short: 256), stretch(20, 20, order: .grey),
    ] {
      for (name, expected) in table.sorted(by: { $0.key < $1.key }) {
        do {
          let decoded = try decoder.decode(Fixtures.damaged(name), transform)
          XCTAssertNil(expected.code, "\(name) decoded, with \(decoded.warnings)")
          XCTAssertEqual(decoded.warnings.isEmpty, expected.ok == true, "\(name): \(decoded.warnings)")
        } catch let failure as Failure {
          if expected.broken != true { XCTAssertEqual(failure.code.rawValue, expected.code, "\(name): \(failure)") }
          XCTAssertEqual(failure.stage, .decode)
          XCTAssertFalse(failure.message.isEmpty)
        }
      }
    }
  }

  func testCutAtEveryByte() throws {
    let decoder = ImageDecoder()
    let names = [
      "exif_1.jpg", "exif_6.jpg", "exif_1.png", "exif_1.webp", "exif_1.tif", "text.ppm", "progressive_444.jpg",
      "onebit.pbm", "palette.bmp", "arithmetic.jpg",
    ]
    for name in names {
      let bytes = try Fixtures.image(name)
      let step = bytes.count > 4000 ? 7 : 1
      for transform in [{ InputTransform.whole($0, order: .bgr) }, stretch(5, 5)] {
        for count in stride(from: 0, to: bytes.count - 1, by: step) {
          guard let decoded = try? decoder.decode(Array(bytes[..<count]), transform) else { continue }
          XCTAssertFalse(decoded.warnings.isEmpty, "\(name) cut at \(count) of \(bytes.count)")
        }
      }
    }
  }

  func testJPEG2000BoxesShorterThanTheirHeaderAreAFailure() {
    let signature: [UInt8] = [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20, 13, 10, 0x87, 10]
    // The length of a codestream box: 2 to 7 under its own header, 1 with a 64-bit length under it.
    for length in [UInt8(2), 3, 4, 5, 6, 7] {
      let file = signature + [0, 0, 0, length] + Array("jp2c".utf8) + [UInt8](repeating: 0, count: 64)
      XCTAssertThrowsError(try ImageDecoder().decode(file), "length \(length)")
    }
    for length in [UInt8(0), 8, 9, 15] {
      let file =
        signature + [0, 0, 0, 1] + Array("jp2c".utf8) + [0, 0, 0, 0, 0, 0, 0, length] + [UInt8](repeating: 0, count: 64)
      XCTAssertThrowsError(try ImageDecoder().decode(file), "extended length \(length)")
    }
  }

  func testColourProfileSegmentsThatDoNotCountAreLeftOut() throws {
    let photo = try Fixtures.image("exif_1.jpg")
    for (number, count) in [(UInt8(1), UInt8(0)), (0, 0), (0, 1), (2, 1), (255, 0)] {
      let body = Array("ICC_PROFILE\0".utf8) + [number, count] + [UInt8](repeating: 0, count: 200)
      let segment = [0xFF, 0xE2, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 255)] + body
      let file = Array(photo[..<2]) + segment + Array(photo[2...])
      let metadata = file.withUnsafeBytes { ImageMetadata(of: $0, format: .jpeg) }
      XCTAssertNil(metadata.profile, "segment \(number) of \(count)")
      XCTAssertNotNil(metadata.exif)
    }
  }

  func testFlippedBitsNeverCrash() throws {
    var limits = DecodeLimits()
    limits.maxPixels = 1_000_000
    let decoder = ImageDecoder(limits: limits)
    var dice = Dice(state: 42)
    let names = [
      "exif_6.jpg", "sampling_410.jpg", "progressive_444.jpg", "arithmetic.jpg", "ycck.jpg", "restart.jpg",
      "exif_1.webp", "lossy.webp", "exif_5.tif", "tiff_lzw.tif", "alpha.png", "palette_transparent.png", "palette.bmp",
      "text.ppm", "animated.webp",
    ]
    for name in names {
      let sound = try Fixtures.image(name)
      for round in 0..<300 {
        var bytes = sound
        for _ in 0...round % 8 {
          // Headers are where the harm is: half of the hits go there.
          let end = Bool.random(using: &dice) ? min(bytes.count, 700) : bytes.count
          bytes[Int.random(in: 0..<end, using: &dice)] ^= 1 << UInt8.random(in: 0..<8, using: &dice)
        }
        _ = try? decoder.decode(bytes, round % 2 == 0 ? stretch(16, 12) : { .whole($0, order: .rgb) })
      }
    }
  }

  func testChangedPNGsFailOrAreAsTheyWere() throws {
    let decoder = ImageDecoder()
    let sound = try Fixtures.image("exif_1.png")
    let whole = try decoder.decode(sound).slot
    for at in 33..<sound.count {
      var bytes = sound
      bytes[at] ^= 0x10
      do {
        let decoded = try decoder.decode(bytes)
        // A wrong length or checksum over sound data: the picture is whole, and a warning names it. Only the EXIF chunk may
        // change unseen, as it is not part of the picture.
        if at >= 33 + 12 + 26 { XCTAssertFalse(decoded.warnings.isEmpty, "\(at)") }
        if decoded.slot.byteCount == whole.byteCount, decoded.header.orientation == .upright {
          XCTAssertEqual(meanDifference(decoded.slot, whole), 0, "\(at): \(decoded.warnings)")
        }
      } catch {
        XCTAssertNotEqual(error.code, .timeout)
      }
    }
  }

  func testADecoderIsAsGoodAfterDamage() throws {
    let decoder = ImageDecoder()
    let sound = try Fixtures.image("photo.jpg")
    let before = try decoder.decode(sound, stretch(64, 48)).slot
    for name in ["cut_half.jpg", "many_scans.jpg", "lossless.jpg", "cut_progressive.jpg", "bits.png"] {
      _ = try? decoder.decode(Fixtures.damaged(name))
      XCTAssertEqual(meanDifference(before, try decoder.decode(sound, stretch(64, 48)).slot), 0, name)
    }
  }
}
