import CJPEG
import Foundation
import TestSupport
import XCTest

@testable import Codecs
@testable import Recognition

/// What is particular to JPEG: reductions, windows, scans.
final class JPEGTests: XCTestCase {
  private func decoder(_ change: (inout DecodeLimits) -> Void) -> ImageDecoder {
    var limits = DecodeLimits()
    change(&limits)
    return ImageDecoder(limits: limits)
  }

  func testReducedDecodingIsCloseToFull() throws {
    let full = decoder { $0.fullDecode = true }
    let reduced = ImageDecoder()
    for name in ["photo.jpg", "photo_progressive.jpg"] {
      let bytes = try Fixtures.image(name)
      // The smallest two are taken from twice their size, the others perhaps from a little more than theirs.
      let transforms = [
        (stretch(30, 22), 38.0), (stretch(60, 45), 38), (stretch(120, 90), 34), (centre(160, short: 180), 32),
      ]
      for (transform, least) in transforms {
        let a = try full.decode(bytes, transform)
        let b = try reduced.decode(bytes, transform)
        XCTAssertGreaterThan(psnr(a.slot, b.slot), least, "\(name) \(a.slot.size)")
        XCTAssertLessThan(meanDifference(a.slot, b.slot), least > 36 ? 2 : 4, "\(name) \(a.slot.size)")
      }
    }
  }

  func testProgressiveFilesEndEarly() throws {
    let whole = decoder { $0.wholeScans = true }
    let early = ImageDecoder()
    for name in ["photo_progressive.jpg", "progressive_444.jpg"] {
      let bytes = try Fixtures.image(name)
      for divisor in [16, 8, 4, 2] {
        let transform = { (size: PixelSize) in stretch(size.width / divisor, size.height / divisor)(size) }
        let a = try whole.decode(bytes, transform)
        let b = try early.decode(bytes, transform)
        XCTAssertGreaterThan(psnr(a.slot, b.slot), 38, "\(name) 1/\(divisor)")
        XCTAssertEqual(b.warnings, [])
      }
    }
    XCTAssertLessThan(try scansRead("photo_progressive.jpg", eighths: 1, whole: 0), 5)
    XCTAssertEqual(try scansRead("photo_progressive.jpg", eighths: 1, whole: 1), 10)
  }

  private func scansRead(_ name: String, eighths: Int32, whole: Int32) throws -> Int32 {
    let bytes = try Fixtures.image(name)
    let d = cjpeg_create()
    defer { cjpeg_destroy(d) }
    return try bytes.withUnsafeBufferPointer { buffer in
      var limits = cjpeg_limits(max_scans: 100, max_warnings: 0, deadline: 0)
      var header = cjpeg_header()
      var request = cjpeg_request(eighths: eighths, order: cjpeg_bgr, whole_scans: whole, x: 0, width: 0)
      var output = cjpeg_output()
      guard cjpeg_open(d, buffer.baseAddress, buffer.count, &limits, &header) == cjpeg_ok,
        cjpeg_start(d, &request, &output) == cjpeg_ok
      else { throw Failure(.decode, .corrupt, String(cString: cjpeg_message(d))) }
      return cjpeg_scans_read(d)
    }
  }

  func testAWindowIsTheSamePixelsAsTheWhole() throws {
    let names = ["444", "422", "440", "411", "410", "311", "odd"].map { "sampling_\($0).jpg" }
    for name in names + ["photo.jpg", "restart.jpg", "arithmetic.jpg", "cmyk.jpg", "grey.jpg", "photo_progressive.jpg"]
    {
      let bytes = try Fixtures.image(name)
      for divisor in [1, 2, 4, 8] {
        let decoder = ImageDecoder()
        var resized = PixelSize(width: 0, height: 0)
        let whole = try decoder.decode(bytes) { size in
          resized = PixelSize(
            width: (size.width + divisor - 1) / divisor, height: (size.height + divisor - 1) / divisor)
          return stretch(resized.width, resized.height)(size)
        }.slot
        for part in [2, 3, 5] {
          let window = PixelRect(
            x: resized.width / part, y: resized.height / part, width: max(1, resized.width / 4),
            height: max(1, resized.height / 4))
          let cut = try decoder.decode(bytes) {
            InputTransform(image: $0, resized: resized, window: window, slot: window.size, order: .bgr)
          }
          XCTAssertEqual(cut.warnings, [])
          for y in 0..<window.height {
            for x in 0..<window.width * 3 {
              let there = whole.base[(window.y + y) * whole.stride + window.x * 3 + x]
              guard cut.slot.base[y * cut.slot.stride + x] != there else { continue }
              return XCTFail("\(name) 1/\(divisor) window \(window): row \(y), sample \(x)")
            }
          }
        }
      }
    }
  }

  /// Tables of one picture are not those of the next.
  func testAPictureWithoutTablesFailsAfterAnyOther() throws {
    func without(_ marker: UInt8, _ file: [UInt8]) -> [UInt8] {
      var (kept, at) = (Array(file[..<2]), 2)
      while at + 4 <= file.count, file[at] == 0xFF, file[at + 1] != 0xDA {
        let end = at + 2 + Int(file[at + 2]) << 8 + Int(file[at + 3])
        if file[at + 1] != marker { kept += file[at..<end] }
        at = end
      }
      return kept + file[at...]
    }
    let whole = try Fixtures.image("sampling_444.jpg")
    let (noTables, noCodes) = (without(0xDB, whole), without(0xC4, whole))
    XCTAssertLessThan(noTables.count, whole.count)
    XCTAssertLessThan(noCodes.count, whole.count)
    let decoder = ImageDecoder()
    for before in [nil, whole, try Fixtures.image("photo_progressive.jpg")] {
      if let before { _ = try decoder.decode(before) }
      XCTAssertThrowsError(try decoder.decode(noTables)) { XCTAssertEqual(($0 as? Failure)?.code, .corrupt) }
      // A frame of a Motion JPEG leaves out the Huffman tables of the standard.
      if let before { _ = try decoder.decode(before) }
      let frame = try decoder.decode(noCodes)
      XCTAssertEqual(frame.slot.size, try ImageDecoder().decode(whole).slot.size)
    }
  }

  /// Rows below the window of a network are read: a picture that ends there is damaged.
  func testACutBelowTheWindowIsAWarning() throws {
    let whole = try Fixtures.image("photo.jpg")
    func upper(_ size: PixelSize) -> InputTransform {
      let window = PixelRect(x: 20, y: 0, width: size.width / 2, height: size.height / 2)
      return InputTransform(image: size, resized: size, window: window, slot: window.size, order: .bgr)
    }
    let expected = try ImageDecoder().decode(whole, upper)
    XCTAssertEqual(expected.warnings, [])
    for share in [70, 85, 90, 95, 99] {
      let cut = try ImageDecoder().decode(Array(whole.prefix(whole.count * share / 100)), upper)
      XCTAssertEqual(cut.warnings, ["jpeg: premature end of data"], "\(share) %")
      XCTAssertTrue(cut.slot.bytes.elementsEqual(expected.slot.bytes), "the window itself is whole")
    }
  }

  func testManyMarkersCostLittle() throws {
    let sound = try Fixtures.image("sampling_444.jpg")
    let markers = [[UInt8]](repeating: [0xFF, 0xE1, 0, 2], count: 200_000).flatMap { $0 }
    let bytes = Array(sound.prefix(2)) + markers + sound.dropFirst(2)
    let start = CPUTime.ownSeconds
    XCTAssertEqual(try ImageDecoder().decode(bytes).warnings, [])
    // OpenCV's decoder takes 20 s for them, this one some milliseconds.
    XCTAssertLessThan(CPUTime.ownSeconds - start, 1)
  }

  func testADeadline() throws {
    let slow = decoder { $0.timeout = .zero }
    for name in ["photo.jpg", "photo_progressive.jpg", "rgb.png"] {
      XCTAssertThrowsError(try slow.decode(Fixtures.image(name)), name) {
        XCTAssertEqual(($0 as? Failure)?.code, .timeout, name)
      }
    }
  }

  func testLimits() throws {
    let few = decoder {
      $0.maxScans = 5
      $0.maxPixels = 100_000
    }
    XCTAssertThrowsError(try few.decode(Fixtures.image("progressive_444.jpg"))) {
      XCTAssertEqual(($0 as? Failure)?.code, .tooManyScans)
    }
    // Also those scans that are not decoded count.
    XCTAssertThrowsError(try few.decode(Fixtures.image("progressive_444.jpg"), stretch(10, 8))) {
      XCTAssertEqual(($0 as? Failure)?.code, .tooManyScans)
    }
    XCTAssertThrowsError(try few.decode(Fixtures.image("photo.jpg"))) {
      XCTAssertEqual(($0 as? Failure)?.code, .tooManyPixels)
    }
  }
}
