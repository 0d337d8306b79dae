import XCTest

@testable import Codecs
@testable import Recognition

/// PBM, PGM, PPM and PAM: every maximum, text and binary.
final class PNMTests: XCTestCase {
  private let decoder = ImageDecoder()

  private func grey(_ text: String, _ samples: [UInt8] = []) throws -> [UInt8] {
    let decoded = try decoder.decode(Array(text.utf8) + samples) { .whole($0, order: .grey) }
    XCTAssertEqual(decoded.warnings, [], text)
    return decoded.slot.samples
  }

  private func rgb(_ text: String, _ samples: [UInt8] = []) throws -> [UInt8] {
    let file = Array(text.utf8) + samples
    let rgb = try decoder.decode(file) { .whole($0, order: .rgb) }.slot.samples
    let bgr = try decoder.decode(file).slot.samples
    for i in stride(from: 0, to: bgr.count, by: 3) {
      XCTAssertEqual([bgr[i], bgr[i + 1], bgr[i + 2]], [rgb[i + 2], rgb[i + 1], rgb[i]])
    }
    return rgb
  }

  private func code(_ text: String, _ samples: [UInt8] = []) -> String? {
    do {
      _ = try decoder.decode(Array(text.utf8) + samples)
      return nil
    } catch { return error.code.rawValue }
  }

  func testEveryMaximumIsScaledExactly() throws {
    for maximum in [1, 2, 3, 7, 15, 100, 127, 254, 255, 256, 1000, 1023, 4095, 32767, 65534, 65535] {
      let values = Set([0, 1, 2, maximum / 3, maximum / 2, maximum - 1, maximum]).filter { $0 >= 0 && $0 <= maximum }
        .sorted()
      let wanted = values.map { UInt8((Double($0) * 255 / Double(maximum)).rounded()) }
      let binary = values.flatMap { maximum > 255 ? [UInt8($0 >> 8), UInt8($0 & 255)] : [UInt8($0)] }
      XCTAssertEqual(try grey("P5 \(values.count) 1 \(maximum)\n", binary), wanted, "P5 \(maximum)")
      let text = values.map(String.init).joined(separator: "\n")
      XCTAssertEqual(try grey("P2\n\(values.count) 1 \(maximum)\n\(text)\n"), wanted, "P2 \(maximum)")
      let pam = "P7\nWIDTH \(values.count)\nHEIGHT 1\nDEPTH 1\nMAXVAL \(maximum)\nENDHDR\n"
      XCTAssertEqual(try grey(pam, binary), wanted, "P7 \(maximum)")
    }
  }

  func testSamplesOverTheMaximumAreWhite() throws {
    XCTAssertEqual(try grey("P5 3 1 100\n", [50, 100, 200]), [128, 255, 255])
    XCTAssertEqual(try grey("P2 3 1 1000 500 1000 99999999999999999999\n"), [128, 255, 255])
    XCTAssertEqual(try grey("P5 2 1 300\n", [1, 44, 255, 255]), [255, 255])
  }

  func testBits() throws {
    let wanted: [UInt8] = [0, 255, 0, 255, 255, 255, 255, 255, 0, 0, 255, 255, 255, 255, 255, 255, 255, 0]
    XCTAssertEqual(try grey("P4 9 2\n", [0xA0, 0x80, 0x80, 0x80]), wanted)
    XCTAssertEqual(try grey("P1\n9 2\n101000001 10000000 # a comment\n1\n"), wanted)
    XCTAssertEqual(try grey("P1 9 2 1 0 1 0 0 0 0 0 1\n1 0 0 0 0 0 0 0 1"), wanted)
    // A bitmap of PAM has the other sense: 1 is white.
    let pam = "P7\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 1\nTUPLTYPE BLACKANDWHITE\nENDHDR\n"
    XCTAssertEqual(try grey(pam, [0, 1]), [0, 255])
  }

  func testColoursAndComments() throws {
    XCTAssertEqual(try rgb("P6\n# made up 9\n2 1\n255\n", [1, 2, 3, 4, 5, 6]), [1, 2, 3, 4, 5, 6])
    XCTAssertEqual(try rgb("P3 2 1 # 7 7 7\n255\n1 2 3 # 200\n4\t5\r\n6 "), [1, 2, 3, 4, 5, 6])
    XCTAssertEqual(try rgb("P6 1 1 65535\n", [255, 255, 128, 0, 0, 0]), [255, 128, 0])
    XCTAssertEqual(try rgb("P5 2 1 255\n", [9, 8]), [9, 9, 9, 8, 8, 8])
    let pam = "P7\n# PAM\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
    XCTAssertEqual(try rgb(pam, [10, 20, 30, 255]), [10, 20, 30])
    XCTAssertEqual(try rgb(pam, [10, 20, 30, 0]), [255, 255, 255])
  }

  func testWhatIsNoPicture() {
    XCTAssertEqual(code("P5 4 4 255\n", [UInt8](repeating: 0, count: 15)), "truncated")
    XCTAssertEqual(code("P6 4 4 256\n", [UInt8](repeating: 0, count: 95)), "truncated")
    XCTAssertEqual(code("P4 9 2\n", [0, 0, 0]), "truncated")
    XCTAssertEqual(code("P2 4 1 255\n1 2 3 \n\n\n"), "truncated")
    XCTAssertEqual(code("P2 4 1 255\n1 2 # 3 4 5\n"), "truncated")
    XCTAssertEqual(code("P2 4 1 255\n1 2 x 4\n"), "corrupt")
    XCTAssertEqual(code("P2 4 1 255\n1 -2 3 4\n"), "corrupt")
    XCTAssertEqual(code("P1 4 1 0 1 2 1\n"), "corrupt")
    XCTAssertEqual(code("P2 60000 60000 255\n1\n"), "too_many_pixels")
    XCTAssertEqual(code("P2 6000 6000 255\n1\n"), "truncated")
    let pam = { (depth: Int, type: String) in
      "P7\nWIDTH 1\nHEIGHT 1\nDEPTH \(depth)\nMAXVAL 255\nTUPLTYPE \(type)\nENDHDR\n"
    }
    XCTAssertEqual(code(pam(4, "CMYK"), [0, 0, 0, 0]), "unsupported")
    XCTAssertEqual(code(pam(5, "RGB"), [0, 0, 0, 0, 0]), "unsupported")
    for side in ["9223372036854775807", "1073741824", "999999999", "-1", "0"] {
      let huge = "P7\nWIDTH \(side)\nHEIGHT \(side)\nDEPTH 4\nMAXVAL 65535\nENDHDR\n"
      XCTAssertNotNil(code(huge, [0, 0, 0, 0]), side)
    }
  }

  func testTextThatIsCutBelowTheWindowIsNotSound() throws {
    // The window is the middle of a tall picture; the last rows are missing, in which comments hide it from the size.
    let rows = (0..<40).map { _ in "10 10 10 10\n" }.joined()
    let cut = "P2 4 50 255\n" + rows + "#" + String(repeating: "0 ", count: 200)
    XCTAssertThrowsError(try decoder.decode(Array(cut.utf8), centre(4, short: 4))) {
      XCTAssertEqual(($0 as? Failure)?.code, .truncated)
    }
    let inNumber = try decoder.decode(Array("P2 2 1 255\n100 20".utf8))
    XCTAssertEqual(inNumber.warnings, ["pnm: the file ends in its last number, which may be cut"])
  }

  func testTheDeadlineHolds() throws {
    var limits = DecodeLimits()
    limits.timeout = .zero
    XCTAssertThrowsError(try ImageDecoder(limits: limits).decode(Array("P2 1 1 255\n1\n".utf8))) {
      XCTAssertEqual(($0 as? Failure)?.code, .timeout)
    }
  }
}
