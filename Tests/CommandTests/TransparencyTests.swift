import Foundation
import Recognition
import TestSupport
import XCTest

@testable import Codecs

/// Pictures with alpha are read as a viewer shows them, and enlarged without fringes of hidden colours.
final class TransparencyTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: folder.appendingPathComponent(name))
  }

  // MARK: text

  /// Two lines of letters as coverage, on a sheet of 900 x 260.
  private func letters() throws -> (_ x: Int, _ y: Int) -> Int {
    guard let first = TextRenderer("Invoice number 20417", pixels: 48),
      let second = TextRenderer("Total amount 318.50", pixels: 48)
    else { throw XCTSkip("the system has no font") }
    return { x, y in
      for (line, top) in [(first, 30), (second, 140)] {
        let (u, v) = (x - 40, y - top)
        if u >= 0, v >= 0, u < line.size.width, v < line.size.height {
          return Int(line.coverage[v * line.size.width + u])
        }
      }
      return 0
    }
  }

  func testTransparentTextIsReadAsOnAPage() throws {
    try ImgrecCLI.pull("ppocr_v6_det", "ppocr_cls", "ppocr_v6_rec")
    let covered = try letters()
    let (width, height) = (900, 260)
    func png(_ kind: PNGBytes.Kind, depth: Int = 8, _ sample: @escaping (Int, Int, Int) -> Int) -> PNGBytes {
      PNGBytes(width: width, height: height, kind: kind, depth: depth, sample: sample)
    }
    try write("control.png", png(.grey) { x, y, _ in 255 - covered(x, y) }.file)
    try write("black.png", png(.rgba) { x, y, c in c == 3 ? covered(x, y) : 0 }.file)
    try write(
      "black_over_white.png", png(.rgba) { x, y, c in c == 3 ? covered(x, y) : covered(x, y) > 0 ? 0 : 255 }.file)
    try write("white.png", png(.rgba) { x, y, c in c == 3 ? covered(x, y) : 255 }.file)
    try write("grey_alpha.png", png(.greyAlpha) { x, y, c in c == 1 ? covered(x, y) : 0 }.file)
    try write("deep.png", png(.rgba, depth: 16) { x, y, c in c == 3 ? covered(x, y) * 257 : 0 }.file)
    var palette = png(.palette, depth: 4) { x, y, _ in covered(x, y) / 17 }
    palette.palette = [UInt8](repeating: 0, count: 48)
    palette.transparency = (0..<16).map { UInt8($0 * 17) }
    try write("palette.png", palette.file)
    palette.isInterlaced = true
    try write("interlaced.png", palette.file)
    let samples = (0..<width * height).map { UInt8(covered($0 % width, $0 / width)) }
    let pam = "P7\nWIDTH \(width)\nHEIGHT \(height)\nDEPTH 2\nMAXVAL 255\nTUPLTYPE GRAYSCALE_ALPHA\nENDHDR\n"
    try write("pam.pam", Array(pam.utf8) + samples.flatMap { [0, $0] })
    try write("tiff.tif", tiff(width, height, samples.flatMap { [0, 0, 0, $0] }))

    let result = try ImgrecCLI.run(["scan", "-q", "--task", "text", "."], folder: folder)
    if result.status == 2, result.err.contains("engines pull") { throw XCTSkip("no engine here runs PP-OCR") }
    XCTAssertEqual(result.status, 0, result.err)
    let records = try result.records()
    XCTAssertEqual(records.count, 10)
    for record in records {
      let lines = try XCTUnwrap(record["text"] as? [[String: Any]]).compactMap { $0["text"] as? String }
      let text = lines.joined(separator: " ")
      XCTAssertTrue(text.contains("20417") && text.contains("318.50"), "\(record["path"] ?? ""): \(lines)")
    }
  }

  /// An uncompressed TIFF of RGB and straight alpha.
  private func tiff(_ width: Int, _ height: Int, _ samples: [UInt8]) -> [UInt8] {
    func little(_ value: Int, _ size: Int) -> [UInt8] { (0..<size).map { UInt8(value >> (8 * $0) & 255) } }
    let fields = [
      (256, 4, 1, width), (257, 4, 1, height), (258, 3, 4, 8 + samples.count), (259, 3, 1, 1), (262, 3, 1, 2),
      (273, 4, 1, 8), (277, 3, 1, 4), (278, 4, 1, height), (279, 4, 1, samples.count), (338, 3, 1, 2),
    ]
    var bytes: [UInt8] = Array("II*\0".utf8) + little(8 + samples.count + 8, 4) + samples
    bytes += [8, 0, 8, 0, 8, 0, 8, 0] + little(fields.count, 2)
    for (tag, type, count, value) in fields {
      bytes += little(tag, 2) + little(type, 2) + little(count, 4) + little(value, 4)
    }
    return bytes + [0, 0, 0, 0]
  }

  // MARK: enlarging

  /// A light disc with a soft edge on clear, `hidden` where it is clear.
  private func disc(hidden: Int) -> [UInt8] {
    PNGBytes(width: 96, height: 96, kind: .rgba) { x, y, c in
      let (dx, dy) = (Double(x) - 47.5, Double(y) - 47.5)
      let alpha = max(0, min(255, Int((32 - (dx * dx + dy * dy).squareRoot()) * 128 + 128)))
      if c == 3 { return alpha }
      return alpha > 0 ? [250, 240, 220][c] : hidden
    }.file
  }

  /// What a viewer shows of a picture on white.
  private func onWhite(_ name: String) throws -> [Int] {
    let bytes = try Data(contentsOf: folder.appendingPathComponent(name))
    let picture = try bytes.withUnsafeBytes { raw in
      let decoder = ImageDecoder()
      let header = try decoder.header(of: raw)
      return try decoder.picture(raw, header: header, size: header.size, order: .rgb)
    }
    let alpha = try XCTUnwrap(picture.alpha)
    return withExtendedLifetime(picture) {
      (0..<picture.pixels.byteCount).map { i in
        let opacity = Int(alpha.base[i / 3])
        return (Int(picture.pixels.base[i]) * opacity + 255 * (255 - opacity)) / 255
      }
    }
  }

  func testAnEnlargedCutoutHasNoFringe() throws {
    for (name, hidden) in [("black.png", 0), ("white.png", 255)] { try write(name, disc(hidden: hidden)) }
    for flags in [[], ["--max-input", "2000"]] {
      let result = try ImgrecCLI.run(
        ["upscale", "-q", "black.png", "white.png", "-o", "out", "--on-exists", "overwrite"] + flags, folder: folder)
      XCTAssertEqual(result.status, 0, result.err)
      let (black, white) = (try onWhite("out/black.png"), try onWhite("out/white.png"))
      XCTAssertEqual(black, white, "what was hidden has no influence")
      XCTAssertEqual(black.count { $0 < 210 }, 0, "the disc's darkest sample is 220")
    }
  }

  func testAPictureForAFormatWithoutAlphaIsComposed() throws {
    let ink = PNGBytes(width: 40, height: 40, kind: .rgba) { x, _, c in c == 3 ? (x < 20 ? 0 : 255) : 30 }
    try write("ink.png", ink.file)
    let result = try ImgrecCLI.run(["upscale", "-q", "ink.png", "-o", "ink.jpg"], folder: folder)
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertEqual(
      try result.records()[0]["warnings"] as? [String],
      ["alpha left out: a JPEG has none, so a plain ground shows"])
    let bytes = try Array(Data(contentsOf: folder.appendingPathComponent("ink.jpg")))
    let slot = try bytes.withUnsafeBytes { raw in
      let decoder = ImageDecoder()
      let header = try decoder.header(of: raw)
      return try decoder.picture(raw, header: header, size: header.size, order: .rgb)
    }
    XCTAssertGreaterThan(slot.pixels.base[0], 240)
    XCTAssertLessThan(slot.pixels.base[slot.pixels.byteCount - 1], 60)
  }
}
