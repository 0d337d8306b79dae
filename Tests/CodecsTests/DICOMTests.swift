import XCTest

@testable import Codecs
@testable import Recognition

/// DICOM pictures are shown as a viewer shows them.
final class DICOMTests: XCTestCase {
  private func difference(
    _ file: DICOMBytes, warnings: [String] = [], _ expected: (Int, Int) -> Double
  ) throws -> Double {
    let picture = try StoredPicture(file.file)
    XCTAssertEqual(picture.size, PixelSize(width: 32, height: 24))
    XCTAssertEqual(picture.warnings, warnings)
    return picture.difference { [expected($0, $1)] }
  }

  private static func window(_ value: Double, centre: Double, width: Double) -> Double {
    min(255, max(0, ((value - (centre - 0.5)) / (width - 1) + 0.5) * 255))
  }

  private let ramp: (Int, Int) -> Int = Drawn.ramp

  func testEightBitsAreShownAsStored() throws {
    for (photometric, sign) in [("MONOCHROME2", 1.0), ("MONOCHROME1", -1)] {
      var file = DICOMBytes()
      file.describe(photometric)
      file.add(pixels: { $0 * 8 + $1 % 7 }, bytes: 1)
      XCTAssertLessThanOrEqual(
        try difference(file) { sign > 0 ? Double($0 * 8 + $1 % 7) : 255 - Double($0 * 8 + $1 % 7) }, sign > 0 ? 0 : 1)
    }
    var file = DICOMBytes()
    file.describe("MONOCHROME2", isSigned: true)
    file.add(pixels: { x, _ in x * 8 - 128 }, bytes: 1)
    XCTAssertEqual(try difference(file) { x, _ in Double(x * 8) }, 0)
  }

  func testMoreBitsWithoutAWindowAreShownInTheirRange() throws {
    for isSigned in [false, true] {
      var file = DICOMBytes()
      file.describe("MONOCHROME2", allocated: 16, stored: 12, isSigned: isSigned)
      file.add(pixels: { [ramp] in (isSigned ? ramp($0, $1) / 2 - 1000 : ramp($0, $1) / 4 + 100) & 0xFFF }, bytes: 2)
      XCTAssertLessThanOrEqual(try difference(file) { Double(ramp($0, $1)) / 4020 * 255 }, 1)
    }
    var file = DICOMBytes()
    file.describe("MONOCHROME2", allocated: 32)
    file.add(pixels: { [ramp] in ramp($0, $1) * 100_000 }, bytes: 4)
    XCTAssertLessThanOrEqual(try difference(file) { Double(ramp($0, $1)) / 4020 * 255 }, 1)
  }

  func testWindowsApplyToRescaledValuesInEveryEncoding() throws {
    let encodings = [
      DICOMBytes(), DICOMBytes(syntax: "1.2.840.10008.1.2", isExplicit: false),
      DICOMBytes(syntax: "1.2.840.10008.1.2.2", isBigEndian: true),
    ]
    for var file in encodings {
      file.describe("MONOCHROME2", allocated: 16, stored: 12)
      file.add(0x0028_1050, "DS", "900\\40")
      file.add(0x0028_1051, "DS", "1500\\400")
      file.add(0x0028_1052, "DS", "-1000")
      file.add(0x0028_1053, "DS", "0.5")
      file.add(pixels: ramp, bytes: 2)
      XCTAssertLessThanOrEqual(
        try difference(file) { Self.window(Double(ramp($0, $1)) / 2 - 1000, centre: 900, width: 1500) }, 1, file.syntax)
    }
  }

  func testLookupTables() throws {
    // Values 0 to 4095 into their square in 16 bits.
    let table = (0..<4096).map { $0 * $0 / 256 }
    for (sequence, isDefined) in [(0x0028_3010, false), (0x0028_3010, true), (0x0028_3000, false)] {
      var file = DICOMBytes()
      file.describe("MONOCHROME2", allocated: 16, stored: 12)
      file.add(
        sequence,
        items: [
          { item in
            item.add(0x0028_3002, "US", 4096, 0, 16)
            item.add(0x0028_3006, "OW", bytes: table.flatMap { item.number($0, 2) })
          }
        ], isDefined: isDefined)
      file.add(pixels: ramp, bytes: 2)
      // Without a window, the rescaled values are shown in their range: up to that of 4020.
      let top = sequence == 0x0028_3010 ? 65535.0 : Double(table[4020])
      XCTAssertLessThanOrEqual(try difference(file) { Double(table[ramp($0, $1)]) / top * 255 }, 1)
    }
  }

  func testColours() throws {
    func file(_ photometric: String, planar: Int, _ data: [UInt8]) -> DICOMBytes {
      var file = DICOMBytes()
      file.describe(photometric, samples: 3, planar: planar)
      file.add(0x7FE0_0010, "OB", bytes: data)
      return file
    }
    func planes(_ values: [(Int, Int) -> Double]) -> [[UInt8]] {
      values.map { plane in (0..<24 * 32).map { UInt8(plane($0 % 32, $0 / 32)) } }
    }
    let rgb = planes([Drawn.red, Drawn.green, Drawn.blue])
    let interleaved = rgb[0].indices.flatMap { i in rgb.map { $0[i] } }
    XCTAssertEqual(try StoredPicture(file("RGB", planar: 0, interleaved).file).difference(from: Drawn.bgr), 0)
    XCTAssertEqual(try StoredPicture(file("RGB", planar: 1, rgb.flatMap { $0 }).file).difference(from: Drawn.bgr), 0)
    let grey = interleaved.indices.map { $0 % 3 == 0 ? interleaved[$0] : 128 }
    XCTAssertLessThanOrEqual(
      try StoredPicture(file("YBR_FULL", planar: 0, grey).file).difference { x, y in
        [Double](repeating: Drawn.red(x, y), count: 3)
      }, 1)
    // Two pixels share a chroma.
    var pairs: [UInt8] = []
    for i in 0..<24 * 16 { pairs += [UInt8(i % 16 * 16), UInt8(i % 16 * 16 + 8), 128, 128] }
    XCTAssertLessThanOrEqual(
      try StoredPicture(file("YBR_FULL_422", planar: 0, pairs).file).difference { x, _ in
        [Double](repeating: Double(x * 8), count: 3)
      }, 1)
  }

  func testPalettes() throws {
    let linear = (0..<256).flatMap { [UInt8($0), UInt8($0)] }
    // Segmented: one value, and a line of 255 from there.
    let segments: [UInt8] = [0, 0, 1, 0, 0, 0, 1, 0, 255, 0, 255, 255]
    for isSegmented in [false, true] {
      var file = DICOMBytes()
      file.describe("PALETTE COLOR")
      for tag in [0x0028_1101, 0x0028_1102, 0x0028_1103] { file.add(tag, "US", 256, 0, 16) }
      for tag in [0x0028_1201, 0x0028_1202, 0x0028_1203] {
        file.add(tag + (isSegmented ? 0x20 : 0), "OW", bytes: isSegmented ? segments : linear)
      }
      file.add(pixels: { x, _ in x * 8 }, bytes: 1)
      let picture = try StoredPicture(file.file)
      XCTAssertLessThanOrEqual(
        picture.difference { x, _ in [Double](repeating: Double(x * 8), count: 3) }, 1, "\(isSegmented)")
    }
  }

  func testBitsAreUnpacked() throws {
    var file = DICOMBytes()
    file.describe("MONOCHROME2", allocated: 1, frames: 1)
    file.add(0x7FE0_0010, "OB", bytes: (0..<96).map { $0 % 4 < 2 ? 0b0000_1111 : 0 })
    XCTAssertEqual(try difference(file) { x, _ in x % 8 < 4 && x < 16 ? 255 : 0 }, 0)
  }

  func testFramesHaveTheirOwnWindows() throws {
    var file = DICOMBytes()
    file.describe("MONOCHROME2", allocated: 16, stored: 12, frames: 2)
    file.add(
      0x5200_9230,
      items: [500, 2000].map { centre in
        { frame in
          frame.add(
            0x0028_9132,
            items: [
              {
                $0.add(0x0028_1050, "DS", "\(centre)")
                $0.add(0x0028_1051, "DS", "800")
              }
            ])
        }
      })
    file.add(pixels: { [ramp] in ramp($0, $1 % 24) }, bytes: 2, frames: 2)
    XCTAssertLessThanOrEqual(
      try difference(file, warnings: ["dicom: 2 frames, the first is read"]) {
        Self.window(Double(ramp($0, $1)), centre: 500, width: 800)
      }, 1)
    let second = try file.file.withUnsafeBytes { try DICOM.rebuilt(ByteReader($0), frame: 1) }
    XCTAssertLessThanOrEqual(
      try StoredPicture(second).difference { [Self.window(Double(ramp($0, $1)), centre: 2000, width: 800)] }, 1)
  }
}
