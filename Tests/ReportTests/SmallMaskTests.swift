import Recognition
import XCTest

@testable import Report

final class SmallMaskTests: XCTestCase {
  /// The cells of the text, down the columns.
  private func cells(_ mask: SmallMask) -> [Bool] {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    var (cells, run, shift, inside) = ([Bool](), 0, 0, false)
    for character in mask.text {
      let digit = digits.firstIndex(of: character)!
      run |= (digit & 31) << shift
      shift += 5
      if digit & 32 != 0 { continue }
      cells += [Bool](repeating: inside, count: run)
      (run, shift) = (0, 0)
      inside.toggle()
    }
    return cells
  }

  func testASmallMaskIsKeptAsItIs() {
    let mask = SmallMask(RunLengthMask(size: PixelSize(width: 3, height: 2), counts: [0, 1, 2, 3]))
    XCTAssertEqual(mask.size, PixelSize(width: 3, height: 2))
    XCTAssertEqual(cells(mask), [true, false, false, true, true, true])
  }

  func testALargeMaskIsSampled() {
    // The right half of a wide picture.
    let mask = SmallMask(RunLengthMask(size: PixelSize(width: 6400, height: 3200), counts: [3200 * 3200, 3200 * 3200]))
    XCTAssertEqual(mask.size, PixelSize(width: 64, height: 32))
    let found = cells(mask)
    XCTAssertEqual(found.count, 64 * 32)
    XCTAssertFalse(found[..<(32 * 32)].contains(true))
    XCTAssertFalse(found[(32 * 32)...].contains(false))
    XCTAssertLessThan(mask.text.utf8.count, 10)
  }

  func testOddShapes() {
    for (size, counts) in [
      (PixelSize(width: 1, height: 100_000), [100_000]), (PixelSize(width: 100_000, height: 1), [0, 100_000]),
      (PixelSize(width: 1, height: 1), []),
      (PixelSize(width: 2_000_000_000, height: 2_000_000_000), [4_000_000_000_000_000_000]),
    ] {
      let mask = SmallMask(RunLengthMask(size: size, counts: counts))
      XCTAssertEqual(cells(mask).count, mask.size.area)
      XCTAssertLessThanOrEqual(max(mask.size.width, mask.size.height), 64)
    }
  }
}
