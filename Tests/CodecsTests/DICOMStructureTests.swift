import XCTest

@testable import Codecs
@testable import Recognition

/// Compressed, unusual and damaged DICOM files.
final class DICOMStructureTests: XCTestCase {
  private func compressed(
    _ syntax: String, _ fragments: [[UInt8]], _ describe: (inout DICOMBytes) -> Void = { $0.describe("MONOCHROME2") }
  ) -> [UInt8] {
    var file = DICOMBytes(syntax: "1.2.840.10008.1.2." + syntax)
    describe(&file)
    file.add(fragments: fragments)
    return file.file
  }

  private func code(_ bytes: [UInt8]) -> (Failure.Code?, String) {
    do {
      return (nil, "\(try StoredPicture(bytes).warnings)")
    } catch {
      return ((error as? Failure)?.code, (error as? Failure)?.message ?? "\(error)")
    }
  }

  private let rampDifference = { (picture: StoredPicture) in
    picture.difference { [Double(Drawn.ramp($0, $1)) / 4020 * 255] }
  }

  func testRunLengths() throws {
    // A segment of literal runs of 128 bytes; its header has the number of segments and their offsets.
    let pixels = (0..<24 * 32).map { UInt8($0 % 32 * 8) }
    let runs = stride(from: 0, to: pixels.count, by: 128).flatMap { [127] + pixels[$0..<$0 + 128] }
    let header: [UInt8] = [1, 0, 0, 0, 64] + [UInt8](repeating: 0, count: 59)
    XCTAssertEqual(
      try StoredPicture(compressed("5", [header + runs])).difference { x, _ in [Double(x * 8)] }, 0)
  }

  func testJPEGAndItsKinds() throws {
    let photo = try Fixtures.image("exif_1.jpg")
    let file = compressed("4.50", [Array(photo[..<400]), Array(photo[400...])]) {
      $0.describe("YBR_FULL_422", samples: 3, planar: 0, width: 48, height: 32)
    }
    let expected = try ImageDecoder().decode(photo).slot
    let picture = try StoredPicture(file)
    XCTAssertEqual(picture.channels, 3)
    let differences = zip(picture.pixels, expected.bytes).map { abs(Int($0) - Int($1)) }
    XCTAssertLessThanOrEqual(differences.max() ?? 255, 4)
    // Kinds that a JPEG on its own is refused for: lossless, and of 12 bits.
    for (name, syntax, most) in [("lossless", "4.70", 1.0), ("extended", "4.51", 4)] {
      let picture = try StoredPicture(
        compressed(syntax, [Drawn.file("twelve_bits_\(name).jpg")]) {
          $0.describe("MONOCHROME2", allocated: 16, stored: 12)
        })
      XCTAssertLessThanOrEqual(rampDifference(picture), most, name)
    }
  }

  func testJPEGLS() throws {
    let picture = try StoredPicture(
      compressed("4.80", [Drawn.file("twelve_bits.jls")]) { $0.describe("MONOCHROME2", allocated: 16, stored: 12) })
    XCTAssertLessThanOrEqual(rampDifference(picture), 1)
  }

  func testJPEG2000() throws {
    for (name, isSigned) in [("twelve_bits.j2k", false), ("twelve_bits_signed.j2k", true)] {
      let picture = try StoredPicture(
        compressed("4.90", [Drawn.file(name)]) {
          $0.describe("MONOCHROME2", allocated: 16, stored: 12, isSigned: isSigned)
        })
      XCTAssertLessThanOrEqual(rampDifference(picture), 1, name)
    }
    let colours = try StoredPicture(
      compressed("4.90", [Drawn.file("tiles.j2k")]) { $0.describe("RGB", samples: 3, planar: 0) })
    XCTAssertEqual(colours.difference(from: Drawn.bgr), 0)
    let wrong = try compressed("4.90", [Drawn.file("four.j2k")]) { $0.describe("RGB", samples: 3, planar: 0) }
    XCTAssertEqual(code(wrong).0, .corrupt)
  }

  func testFramesAreFoundByOffsetTableOrOneByOne() throws {
    let a = try Drawn.file("twelve_bits.j2k")
    let b = try Drawn.file("sixteen_bits.j2k")
    for offsets in [[], [0, a.count + a.count % 2 + 8]] {
      var file = DICOMBytes(syntax: "1.2.840.10008.1.2.4.90")
      file.describe("MONOCHROME2", allocated: 16, frames: 2)
      file.add(fragments: [a, b], offsets: offsets)
      for frame in 0..<2 {
        let one = try file.file.withUnsafeBytes { try DICOM.rebuilt(ByteReader($0), frame: frame) }
        XCTAssertLessThanOrEqual(rampDifference(try StoredPicture(one)), 1)
      }
      XCTAssertThrowsError(try file.file.withUnsafeBytes { try DICOM.rebuilt(ByteReader($0), frame: 2) })
    }
  }

  func testATIFFInThePreambleStaysDICOM() throws {
    var file = DICOMBytes()
    file.describe("MONOCHROME2")
    file.add(pixels: { x, _ in x }, bytes: 1)
    var bytes = file.file
    bytes.replaceSubrange(0..<8, with: Array("II*\0".utf8) + [8, 0, 0, 0])
    XCTAssertEqual(bytes.withUnsafeBytes { FormatSniffer.format(of: $0) }, .dicom)
    XCTAssertEqual(try StoredPicture(bytes).channels, 1)
  }

  func testFilesWithoutPreamble() throws {
    for isExplicit in [true, false] {
      var file = DICOMBytes(isExplicit: isExplicit)
      file.add(0x0008_0005, "CS", "ISO_IR 100")
      file.describe("MONOCHROME2")
      file.add(pixels: { x, _ in x * 8 }, bytes: 1)
      XCTAssertEqual(try StoredPicture(file.body).difference { x, _ in [Double(x * 8)] }, 0)
      if isExplicit { XCTAssertEqual(try StoredPicture(Array(file.file[132...])).channels, 1) }
    }
  }

  func testWhatCannotBeShownIsNamed() {
    var report = DICOMBytes()
    report.add(0x0008_0060, "CS", "SR")
    report.add(0x0040_A730, items: [{ $0.add(0x0040_A040, "CS", "TEXT") }])
    XCTAssertEqual(code(report.file).0, .unsupported)
    XCTAssertTrue(code(report.file).1.contains("no pixel data (modality SR)"), code(report.file).1)
    for (syntax, name) in [("4.102", "video"), ("4.94", "JPIP"), ("4.110", "JPEG XL"), ("4.999", "4.999")] {
      let (found, message) = code(compressed(syntax, [[0, 0]]))
      XCTAssertEqual(found, .unsupported)
      XCTAssertTrue(message.contains(name), message)
    }
  }

  func testElementsAreWalkedNotSearched() throws {
    var file = DICOMBytes()
    // Rows and columns of an icon, in sequences of either kind, before those of the picture.
    for (isDefined, tag) in [(true, 0x0009_1001), (false, 0x0009_1002)] {
      file.add(
        tag,
        items: [
          {
            $0.describe("MONOCHROME2", width: 4, height: 4)
            $0.add(0x7FE0_0010, "OB", bytes: [1, 2, 3, 4])
          }
        ],
        isDefined: isDefined)
    }
    file.describe("MONOCHROME2")
    file.add(pixels: { x, _ in x * 8 }, bytes: 1)
    XCTAssertEqual(try StoredPicture(file.file).difference { x, _ in [Double(x * 8)] }, 0)
    // Deeper than any real file.
    var deep: (inout DICOMBytes) -> Void = { $0.add(0x0028_0010, "US", 1) }
    for _ in 0..<40 {
      let inner = deep
      deep = { $0.add(0x0009_1001, items: [inner]) }
    }
    var nested = DICOMBytes()
    deep(&nested)
    XCTAssertEqual(code(nested.file).0, .corrupt)
  }

  func testCutFilesFailAndMultiFrameFilesWarn() throws {
    var file = DICOMBytes()
    file.describe("MONOCHROME2", frames: 3)
    file.add(pixels: { x, _ in x * 8 }, bytes: 1, frames: 3)
    let bytes = file.file
    for count in stride(from: 1, to: bytes.count, by: 13) {
      let (found, message) = code(Array(bytes[..<count]))
      XCTAssertTrue(found != nil || message.contains("premature end"), "\(count): \(message)")
      if count > 132, found != nil {
        XCTAssertTrue(found == .truncated || found == .unsupported, "\(count): \(message)")
      }
    }
    let (found, message) = code(Array(bytes.dropLast(10)))
    XCTAssertNil(found)
    XCTAssertTrue(message.contains("premature end"), message)
  }

  func testFlippedBitsNeverCrash() throws {
    var dice = Dice(state: 5)
    let files = [
      compressed("4.80", [try Drawn.file("twelve_bits.jls")]) {
        $0.describe("MONOCHROME2", allocated: 16, stored: 12)
      },
      compressed("4.90", [try Drawn.file("tiles.j2k")]) { $0.describe("RGB", samples: 3, planar: 0) },
    ]
    for sound in files {
      for _ in 0..<100 {
        var bytes = sound
        for _ in 0..<Int.random(in: 1...4, using: &dice) {
          bytes[Int.random(in: 132..<400, using: &dice)] ^= 1 << UInt8.random(in: 0..<8, using: &dice)
        }
        guard let header = try? bytes.withUnsafeBytes({ try ImageDecoder().header(of: $0) }), header.size.area < 100_000
        else { continue }
        _ = try? StoredPicture(bytes)
      }
    }
  }
}
