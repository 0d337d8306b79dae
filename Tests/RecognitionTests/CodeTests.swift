import XCTest

@testable import Recognition

/// Codes: from an engine's numbers to findings, and the numbers of books.
final class CodeTests: XCTestCase {
  private func code(_ text: String, _ format: String = "EAN-13") -> OpticalCode {
    OpticalCode(text: text, format: format, quad: [])
  }

  func testThirteenDigitsOfABookAreAnISBN() {
    XCTAssertEqual(code("9783161484100").isbn, "9783161484100")
    XCTAssertEqual(code("9791090636071").isbn, "9791090636071")
    for other in ["9783161484101", "9790060115615", "4006381333931", "978316148410", "ISBN 9783161484100", ""] {
      XCTAssertNil(code(other).isbn, other)
    }
  }

  func testOtherCodesMayNameABook() {
    for text in [
      "9783161484100", "978-3-16-148410-0", "ISBN 978-3-16-148410-0", "isbn:9783161484100", "urn:isbn:9783161484100",
      "ISBN 3-16-148410-X", "3-16-148410-X", "ISBN 316148410x", "ISBN-10: 3 16 148410 X",
    ] {
      XCTAssertEqual(code(text, "QRCode").isbn, "9783161484100", text)
    }
    // Every eleventh number of ten digits would be an ISBN.
    for other in ["316148410X", "0306406152", "ISBN 0306406153", "ISBN", "9783161484100 x", "ISBN ٣161484100"] {
      XCTAssertNil(code(other, "Code128").isbn, other)
    }
    XCTAssertEqual(code("ISBN 0-306-40615-2", "QRCode").isbn, "9780306406157")
  }

  private func numbers(
    _ text: String, _ x: Float, _ y: Float, side: Float = 20, bytes: [UInt8] = [], format: String = "QRCode"
  ) -> [Float] {
    var numbers: [Float] = []
    CodesHead.append(
      corners: [x, y, x + side, y, x + side, y + side, x, y + side], isBinary: !bytes.isEmpty,
      format: Array(format.utf8), text: Array(text.utf8), bytes: bytes, to: &numbers)
    return numbers
  }

  private func codes(_ numbers: [Float]) throws -> [OpticalCode] {
    let transform = InputTransform.whole(PixelSize(width: 400, height: 300), order: .grey)
    return try numbers.withUnsafeBufferPointer { values in
      let outputs = Outputs(count: 1, tensors: [Tensor(name: "codes", shape: [1, values.count], values: values)])
      guard
        case .codes(let codes) = try HeadSpec(kind: .codes).findings(
          in: outputs, image: 0, transform: transform, labels: [], thresholds: Thresholds())
      else { return [] }
      return codes
    }
  }

  func testCodesComeInReadingOrderAndOnce() throws {
    let found = try codes(
      numbers("käse", 200, 104) + numbers("below", 10, 200) + numbers("left", 20, 100) + numbers("käse", 201, 103)
        + numbers("käse", 300, 100) + numbers("left", 20, 100, format: "Aztec"))
    XCTAssertEqual(found.map(\.text), ["left", "left", "käse", "käse", "below"])
    XCTAssertEqual(found[2].quad[0], Point(x: 200, y: 104))
    XCTAssertEqual(Set(found.map(\.format)), ["QRCode", "Aztec"])
  }

  func testContentThatIsNoTextIsKept() throws {
    let found = try codes(numbers("a\u{FFFD}", 0, 0, bytes: [0x61, 0xFF]) + numbers("plain", 100, 0))
    XCTAssertEqual(found.map(\.bytes), [[0x61, 0xFF], []])
  }

  func testNumbersThatAreNoCodeAreRefused() throws {
    XCTAssertEqual(try codes([]), [])
    let good = numbers("text", 10, 10)
    for count in 1..<good.count { XCTAssertThrowsError(try codes(Array(good.prefix(count)))) }
    for (index, value) in [(0, Float.nan), (9, .infinity), (10, 1e9), (10, -1), (11, 0.5), (14, 300)] {
      var bad = good
      bad[index] = value
      XCTAssertThrowsError(try codes(bad), "\(index) \(value)")
    }
  }

  func testCornersOutsideArePulledIn() throws {
    let found = try codes(numbers("edge", -3, 290))
    XCTAssertEqual(
      found[0].quad, [Point(x: 0, y: 290), Point(x: 17, y: 290), Point(x: 17, y: 300), Point(x: 0, y: 300)])
  }
}
