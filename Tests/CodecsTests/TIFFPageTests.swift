import XCTest

@testable import Codecs
@testable import Recognition

/// Which of a TIFF's directories is the picture, and what a damaged or hostile one costs.
final class TIFFPageTests: XCTestCase {
  private func grey(_ width: Int, _ height: Int, _ value: UInt8 = 100) -> TIFFPicture {
    TIFFPicture(
      width, height, bits: 8, photometric: 1, data: [UInt8](repeating: value, count: width * height))
  }

  private func header(_ file: [UInt8], page: Int = 0) throws(Failure) -> ImageHeader {
    let result = file.withUnsafeBytes { raw -> Result<ImageHeader, Failure> in
      do throws(Failure) { return .success(try TIFF.header(of: ByteReader(raw), page: page)) } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private func format(_ file: [UInt8]) -> ImageFormat? { file.withUnsafeBytes { FormatSniffer.format(of: $0) } }

  func testHeadersOfPages() throws {
    let pages = [
      grey(20, 10).with([274: .shorts([1])]), grey(10, 20).with([274: .shorts([6])]),
      grey(5, 5).with([254: .longs([1])]), grey(20, 10).with([254: .longs([4])]), grey(7, 9),
    ]
    for isBig in [false, true] {
      for bigEndian in [false, true] {
        var writer = TIFFWriter(bigEndian: bigEndian, isBig: isBig)
        let file = writer.file(pages)
        let headers = try (0..<3).map { try header(file, page: $0) }
        XCTAssertEqual(headers.map(\.size.width), [20, 20, 7], "reduced versions and masks are no pages")
        XCTAssertEqual(headers.map(\.orientation.rawValue), [1, 6, 1])
        XCTAssertEqual(headers.map(\.pages), [3, 3, 3])
        XCTAssertEqual(headers.map(\.page), [0, 1, 2])
        XCTAssertEqual(headers.map(\.warnings.count), [1, 0, 0])
        XCTAssertThrowsError(try header(file, page: 3))
      }
    }
  }

  func testTheOrientationOfABigTIFF() throws {
    let rgb = try ImageDecoder().decode(Fixtures.image("exif_1.png")).slot
    var stored: [UInt8] = []
    for x in (0..<48).reversed() {
      for y in 0..<32 { stored += (0..<3).map { rgb.base[(y * 48 + x) * 3 + 2 - $0] } }
    }
    // 6: the first stored row is the upright right side, the first stored column the upright top.
    let picture = TIFFPicture(32, 48, bits: 8, samples: 3, photometric: 2, data: stored)
    for isBig in [false, true] {
      let decoded = try ImageDecoder().decode(picture.with([274: .shorts([6])]).file(isBig: isBig))
      XCTAssertEqual(decoded.header.size, PixelSize(width: 48, height: 32))
      XCTAssertEqual(meanDifference(decoded.slot, rgb), 0, "big: \(isBig)")
    }
  }

  func testAThumbnailDoesNotStandForThePicture() throws {
    let reduced = [254: TIFFPicture.Field.longs([1])]
    var thumbnail = grey(8, 6).with(reduced).with([274: .shorts([6])])
    thumbnail.subdirectories = [grey(40, 30), grey(20, 15).with(reduced)]
    var header = try header(thumbnail.file())
    XCTAssertEqual(
      header.size, PixelSize(width: 30, height: 40), "the full picture, turned as the first directory says")
    XCTAssertEqual(header.warnings, [])

    var writer = TIFFWriter()
    header = try self.header(writer.file([grey(8, 6).with(reduced), grey(40, 30)]))
    XCTAssertEqual(header.size, PixelSize(width: 40, height: 30), "the second directory")
    XCTAssertEqual(header.pages, 1)

    var pyramid = grey(40, 30)
    pyramid.subdirectories = [grey(20, 15).with(reduced), grey(10, 8).with(reduced)]
    header = try self.header(pyramid.file())
    XCTAssertEqual(header.size, PixelSize(width: 40, height: 30), "the base of a pyramid")

    header = try self.header(grey(8, 6).with(reduced).file())
    XCTAssertTrue(header.warnings.first?.contains("reduced version") == true, "\(header.warnings)")
    XCTAssertNil(header.fault)
    // The full picture is cut off.
    header = try self.header(grey(8, 6).with(reduced).with([330: .longs([100_000])]).file())
    XCTAssertEqual(header.fault?.code, .truncated)
    var cut = TIFFWriter()
    header = try self.header(cut.file([grey(8, 6).with(reduced)], last: 100_000))
    XCTAssertEqual(header.fault?.code, .truncated)
    cut = TIFFWriter()
    header = try self.header(cut.file([grey(8, 6)], last: 100_000))
    XCTAssertEqual(header.warnings.count, 1, "a page is missing")
  }

  func testCameraRawFilesAreNamed() throws {
    let sensor = grey(40, 30).with([262: .shorts([32803])])
    let linear = grey(40, 30).with([262: .shorts([34892])])
    let packed = grey(40, 30).with([259: .shorts([34713])])
    var files: [[UInt8]] = [try Fixtures.bytes("tiff/raw.nef"), sensor.file(), linear.file(isBig: true)]
    for full in [sensor, linear, packed] {
      var thumbnail = grey(8, 6).with([254: .longs([1])])
      thumbnail.subdirectories = [grey(20, 15).with([254: .longs([1])]), full]
      for bigEndian in [false, true] { files.append(thumbnail.file(bigEndian: bigEndian)) }
      var writer = TIFFWriter()
      files.append(writer.file([grey(50, 50), full]))
    }
    files.append(grey(8, 6).with([254: .longs([1]), 50706: .bytes([1, 4, 0, 0])]).file())
    let signatures = ["IIRO\u{8}\0\0\0", "IIU\0\u{18}\0\0\0", "FUJIFILMCCD-RAW 0201", "FOVb\0\0", "\0MRM\0\0"]
    files += signatures.map { Array($0.utf8) + [UInt8](repeating: 0, count: 64) }
    files.append(Array("II*\0\u{10}\0\0\0CR\u{2}\0".utf8) + [UInt8](repeating: 0, count: 64))
    for (index, file) in files.enumerated() {
      XCTAssertEqual(format(file), .raw, "file \(index)")
      XCTAssertThrowsError(try ImageDecoder().decode(file), "file \(index)") { error in
        XCTAssertEqual((error as? Failure)?.code, .unsupported)
        XCTAssertTrue((error as? Failure)?.message.contains("exiftool") == true)
      }
    }
    // A picture made of a DNG keeps the field.
    XCTAssertEqual(format(grey(8, 6).with([50706: .bytes([1, 4, 0, 0])]).file()), .tiff)
  }

  func testAMissingStripCostsItsRows() throws {
    var picture = TIFFPicture(8, 8, bits: 8, photometric: 1, data: []).with([278: .longs([2])])
    picture.blocks = (0..<4).map { n in [UInt8](repeating: UInt8(n * 50), count: 16) }
    var file = picture.file()
    let whole = try ImageDecoder().decode(file) { .whole($0, order: .grey) }
    XCTAssertEqual(whole.warnings, [])
    XCTAssertEqual(whole.slot.base[63], 150)
    /// Moves strips out of the file.
    func move(_ strips: [Int]) {
      let offsets = file.withUnsafeBytes { TIFF.pages(of: ByteReader($0)).pages[0].directory.values(.stripOffsets)! }
      for strip in strips { file[offsets.offset(of: strip) + 2] = 0x7F }
    }
    move([2])
    let damaged = try ImageDecoder().decode(file) { .whole($0, order: .grey) }
    XCTAssertEqual(damaged.warnings.count, 1)
    XCTAssertTrue(damaged.warnings[0].hasPrefix("tiff: 25 %"), damaged.warnings[0])
    XCTAssertEqual((0..<4).map { damaged.slot.base[$0 * 16] }, [0, 50, 128, 150])
    move([0, 1, 3])
    XCTAssertThrowsError(try ImageDecoder().decode(file)) { XCTAssertEqual(($0 as? Failure)?.code, .truncated) }
  }

  func testTheSmallestLevelOfAPyramidThatSufficesIsRead() throws {
    let levels = [grey(32, 24, 150), grey(16, 12, 200)].map { $0.with([254: .longs([1])]) }
    var full = grey(64, 48)
    full.subdirectories = levels
    var limits = DecodeLimits()
    limits.maxPixels = 1000
    for pages in [[full], [grey(64, 48)] + levels, [grey(64, 48)] + levels + [grey(60, 40, 10)]] {
      var writer = TIFFWriter()
      let file = writer.file(pages)
      XCTAssertEqual(try header(file).levels.map(\.size.width), [16, 32])
      XCTAssertEqual(try header(file).size, PixelSize(width: 64, height: 48))
      for (side, value) in [(8, 200), (9, 150), (16, 150), (20, 100), (64, 100)] as [(Int, UInt8)] {
        let decoded = try ImageDecoder().decode(file) { .whole($0, order: .grey, longSide: side) }
        XCTAssertEqual(decoded.slot.base[0], value, "to a long side of \(side)")
        // The limit counts the level that is read.
        let isAllowed = side <= 16
        let limited = try? ImageDecoder(limits: limits).decode(file) { .whole($0, order: .grey, longSide: side) }
        XCTAssertEqual(limited != nil, isAllowed, "to a long side of \(side)")
      }
    }
    limits.maxPixels = 100
    XCTAssertThrowsError(try ImageDecoder(limits: limits).decode(full.file()) { .whole($0, order: .grey, longSide: 4) })
    {
      XCTAssertEqual(($0 as? Failure)?.code, .tooManyPixels)
    }
  }

  func testWhatIsNoLevelOfAPyramid() throws {
    let reduced: [Int: TIFFPicture.Field] = [254: .longs([1])]
    let others = [
      grey(32, 20).with(reduced), grey(32, 24), grey(32, 24).with([254: .longs([5])]), grey(64, 48).with(reduced),
      grey(32, 24).with(reduced).with([262: .shorts([0])]), grey(128, 96).with(reduced),
      TIFFPicture(32, 24, bits: 16, photometric: 1, data: [UInt8](repeating: 9, count: 32 * 24 * 2)).with(reduced),
      // Its data are outside the file.
      grey(32, 24).with(reduced).with([273: .longs([1 << 30])]),
    ]
    for (index, other) in others.enumerated() {
      var full = grey(64, 48)
      full.subdirectories = [other]
      let header = try header(full.file())
      XCTAssertEqual(header.levels.count, 0, "\(index)")
    }
    // A reduced version after another page belongs to that page.
    var writer = TIFFWriter()
    let file = writer.file([grey(64, 48), grey(64, 48), grey(32, 24).with(reduced)])
    XCTAssertEqual(try header(file).levels.count, 0)
    XCTAssertEqual(try header(file, page: 1).levels.count, 1)
  }

  func testStripsWithoutDataAreSaidSo() throws {
    var picture = TIFFPicture(8, 40, bits: 8, photometric: 1, data: []).with([278: .longs([2])])
    picture.blocks = (0..<20).map { n in [UInt8](repeating: 200, count: n == 7 ? 16 : 0) }
    let sparse = try ImageDecoder().decode(picture.file()) { .whole($0, order: .grey) }
    XCTAssertEqual(sparse.warnings, ["tiff: 95 % of the picture has no data in the file"])
    XCTAssertEqual([0, 14 * 8, 39 * 8].map { sparse.slot.base[$0] }, [0, 200, 0])
    picture.blocks = picture.blocks.map { _ in [] }
    XCTAssertThrowsError(try ImageDecoder().decode(picture.file()))
    // Damage that leaves next to nothing is a failure.
    let bytes = (0..<20).map { $0 == 7 ? 16 : 1 }
    picture.blocks = bytes.map { [UInt8](repeating: 200, count: $0) }
    XCTAssertThrowsError(try ImageDecoder().decode(picture.file()))
  }

  func testACutFileIsNeverPassedOffAsWhole() throws {
    let decoder = ImageDecoder()
    for name in ["float_predictor", "group3", "int16_planar", "jpeg", "lerc", "old_jpeg", "webp", "ycbcr", "zstd"] {
      let bytes = try Fixtures.bytes("tiff/\(name).tif")
      let whole = try decoder.decode(bytes).slot
      for count in stride(from: 0, to: bytes.count, by: 7) {
        guard let decoded = try? decoder.decode(Array(bytes[..<count])), decoded.warnings.isEmpty else { continue }
        // The link after the last directory is not needed.
        XCTAssertGreaterThanOrEqual(count, bytes.count - 4, name)
        XCTAssertEqual(meanDifference(decoded.slot, whole), 0, "\(name) cut at \(count)")
      }
    }
  }

  func testSizesAreCheckedBeforeAnythingIsAllocated() throws {
    let tiles = grey(64, 64).tiled(1 << 31, 1 << 31, [[0]])
    var wide = grey(64, 64).with([277: .shorts([65535]), 258: .shorts([64])])
    wide.blocks = [[UInt8](repeating: 0, count: 1000)]
    let absurd = [
      tiles, grey(64, 64).tiled(1 << 16, 1 << 16, [[0]]), grey(64, 64).tiled(0, 16, [[0]]),
      grey(64, 64).with([277: .shorts([0])]),
    ]
    for picture in absurd {
      let fault = try header(picture.file()).fault
      XCTAssertTrue(fault?.code == .unsupported || fault?.code == .corrupt, "\(String(describing: fault))")
      XCTAssertThrowsError(try ImageDecoder().decode(picture.file()))
    }
    // A row of 65,535 bands is allowed, and counted.
    XCTAssertGreaterThan(try header(wide.file()).decodedBytes(for: []), 64 << 20)
    XCTAssertThrowsError(try ImageDecoder().decode(wide.file()))
    // A strip of the picture's size is read by rows; a tile is held as a whole.
    let plain = try header(grey(1000, 1000).file())
    XCTAssertLessThan(plain.decodedBytes(for: []), 6 << 20)
    let tile = grey(1000, 1000).tiled(1008, 1008, [[0]])
    XCTAssertGreaterThan(try header(tile.file()).decodedBytes(for: []), 6 << 20)
  }
}
