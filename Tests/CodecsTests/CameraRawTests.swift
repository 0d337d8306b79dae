import XCTest

@testable import Codecs
@testable import Recognition

/// Camera raw files of Fixtures/raw (make_raw.py): a picture of four quarters as embedded previews, and a mosaic.
final class CameraRawTests: XCTestCase {
  private func file(_ name: String) throws -> [UInt8] { try Fixtures.bytes("raw/\(name)") }

  /// The letters of the colours at the corners: upper left, upper right, lower left, lower right.
  private func corners(_ slot: PixelBuffer) -> String {
    let (right, bottom) = (slot.size.width - 3, slot.size.height - 3)
    return [(2, 2), (right, 2), (2, bottom), (right, bottom)].map { x, y in
      let pixel = (0..<3).map { slot.base[y * slot.stride + x * 3 + $0] > 127 }
      return [
        [false, false, true]: "R", [false, true, false]: "G", [true, false, false]: "B", [true, true, true]: "W",
      ][
        pixel, default: "?"]
    }.joined()
  }

  /// Stored as RGBW, in the sensor's orientation.
  private let turned = [1: "RGBW", 3: "WBGR", 6: "BRWG", 8: "GWRB"]

  func testEveryContainer() throws {
    let files: [(name: String, kind: CameraRawKind, width: Int, height: Int, orientation: Int)] = [
      ("nikon.nef", .nef, 1280, 854, 1), ("turned.nef", .nef, 854, 1280, 6), ("leica.dng", .dng, 848, 1280, 8),
      ("canon.cr2", .cr2, 854, 1280, 8), ("sony.arw", .arw, 854, 1280, 6), ("olympus.orf", .orf, 1280, 960, 1),
      ("panasonic.rw2", .rw2, 1280, 960, 3), ("pentax.pef", .pef, 1296, 864, 1), ("samsung.srw", .srw, 1280, 854, 1),
      ("hasselblad.3fr", .hasselblad, 1280, 854, 1), ("fuji.raf", .raf, 854, 1280, 8),
      ("canon.cr3", .cr3, 854, 1280, 6),
      ("sigma.x3f", .x3f, 854, 1280, 8), ("canon.crw", .crw, 854, 1280, 6),
      // The camera's picture has another shape than the sensor: that of the preview, which has no bars.
      ("pentax_wide.pef", .pef, 640, 480, 1),
    ]
    for (name, kind, width, height, orientation) in files {
      let bytes = try file(name)
      let picture = try ImageDecoder().decode(bytes, stretch(64, 64))
      XCTAssertEqual(picture.header.format, .raw, name)
      XCTAssertEqual(bytes.withUnsafeBytes { FormatSniffer.rawKind(of: $0) }, kind, name)
      XCTAssertEqual(picture.header.size, PixelSize(width: width, height: height), name)
      XCTAssertEqual(picture.header.orientation.rawValue, orientation, name)
      XCTAssertEqual(corners(picture.slot), turned[orientation], name)
      XCTAssertEqual(picture.warnings, [], name)
      XCTAssertNotNil(picture.header.raw?.preview, name)
    }
  }

  func testBlackBarsAreNoPartOfThePicture() throws {
    let picture = try ImageDecoder().decode(file("pentax.pef"), stretch(60, 40))
    XCTAssertEqual(picture.header.raw?.preview?.picture, PixelRect(x: 0, y: 27, width: 640, height: 426))
    for x in [5, 54] {
      for y in [0, 39] {
        let sum = (0..<3).reduce(0) { $0 + Int(picture.slot.base[y * picture.slot.stride + x * 3 + $1]) }
        XCTAssertGreaterThan(sum, 200, "\(x), \(y)")
      }
    }
  }

  /// The largest preview is decoded through the reductions of JPEG: the same samples as of the preview alone.
  func testAPreviewIsDecodedAsAJPEGIs() throws {
    let bytes = try file("nikon.nef")
    let preview = try bytes.withUnsafeBytes { raw in
      let file = ByteReader(raw)
      return Array(file[try XCTUnwrap(CameraRaw(file).previews(in: file).first).range].bytes)
    }
    for side in [32, 224, 640] {
      let a = try ImageDecoder().decode(bytes, stretch(side, side))
      let b = try ImageDecoder().decode(preview, stretch(side, side))
      XCTAssertEqual(greatestDifference(a.slot, b.slot), 0)
    }
  }

  func testASensorIsDecodedWhereThereIsOnlyAThumbnail() throws {
    let header = try ImageDecoder().decode(file("sensor.dng"), stretch(64, 64))
    try XCTSkipIf(DecoderLibraries.missing.contains { $0.hasPrefix("raw,") }, "LibRaw is not installed")
    XCTAssertEqual(header.header.size, PixelSize(width: 128, height: 192))
    XCTAssertEqual(corners(header.slot), turned[6])
    // Half the size of the crop, also where the whole picture is wanted.
    let whole = try ImageDecoder().decode(file("sensor.dng"))
    XCTAssertEqual(corners(whole.slot), turned[6])
  }

  func testAThumbnailIsNotThePicture() throws {
    for (name, text) in [
      ("thumbnail.nef", "nef: the largest preview has 160 x 120"), ("minolta.mrw", "mrw: no preview"),
    ] {
      XCTAssertThrowsError(try ImageDecoder().decode(file(name), stretch(64, 64))) {
        XCTAssertTrue(($0 as? Failure)?.message.hasPrefix(text) == true, "\($0)")
      }
    }
  }

  /// Files of which a part is missing end in a failure, or in a warning where the preview is whole.
  func testACutFile() throws {
    let bytes = try file("turned.nef")
    for share in stride(from: 0, through: 99, by: 3) {
      let cut = Array(bytes.prefix(bytes.count * share / 100))
      do {
        let picture = try ImageDecoder().decode(cut, stretch(64, 64))
        XCTAssertFalse(picture.warnings.isEmpty, "\(share) %")
      } catch {
        XCTAssertTrue(
          [.empty, .unknownFormat, .truncated, .corrupt, .unsupported].contains(error.code), "\(error)")
      }
    }
    let sensor = try ImageDecoder().decode(Array(bytes.dropLast(16)), stretch(64, 64))
    XCTAssertEqual(sensor.warnings, ["nef: the file ends within the sensor's data"])
  }

  func testOffsetsThatLeaveTheFile() throws {
    var seed: UInt64 = 18
    func random(_ count: Int) -> Int {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(seed >> 33) % count
    }
    for name in ["turned.nef", "canon.cr3", "olympus.orf", "fuji.raf", "canon.crw", "sigma.x3f", "minolta.mrw"] {
      let bytes = try file(name)
      let decoder = ImageDecoder()
      for _ in 0..<300 {
        var mutant = bytes
        for _ in 0...random(4) {
          // Fields are at the beginning or at the end.
          let at = random(2) == 0 ? random(min(512, bytes.count)) : bytes.count - 1 - random(min(512, bytes.count))
          mutant[at] = [0, 1, 0x7F, 0x80, 0xFF, UInt8(random(256))][random(6)]
        }
        mutant.withUnsafeBytes { raw in _ = try? decoder.header(of: raw) }
      }
    }
  }
}
