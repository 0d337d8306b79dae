import XCTest

@testable import Pipeline
@testable import Recognition

final class TileGridTests: XCTestCase {
  func testCoresCoverTheAxisOnceAndKeepTheirOverlap() {
    for (length, tile, overlap) in [(1, 64, 8), (64, 64, 8), (65, 64, 8), (1000, 64, 8), (517, 100, 27), (300, 55, 27)]
    {
      let cuts = TileGrid.cuts(length: length, tile: tile, overlap: overlap)
      XCTAssertEqual(cuts.first?.core.lowerBound, 0)
      XCTAssertEqual(cuts.last?.core.upperBound, length)
      for (a, b) in zip(cuts, cuts.dropFirst()) { XCTAssertEqual(a.core.upperBound, b.core.lowerBound) }
      for cut in cuts {
        let end = min(length, cut.start + tile)
        XCTAssertGreaterThanOrEqual(cut.start, 0)
        XCTAssertLessThanOrEqual(max(tile, length) - tile, max(0, length - tile))
        XCTAssertTrue(cut.start == 0 || cut.core.lowerBound - cut.start >= overlap)
        XCTAssertTrue(end == length || end - cut.core.upperBound >= overlap)
        XCTAssertFalse(cut.core.isEmpty)
      }
    }
  }

  func testAllTilesHaveOneShape() {
    let grid = TileGrid(
      picture: PixelSize(width: 1000, height: 30), tile: PixelSize(width: 64, height: 64), overlap: 8, isFixed: false)
    XCTAssertEqual(grid.tile, PixelSize(width: 64, height: 30))
    XCTAssertEqual(grid.rows.count, 1)
    XCTAssertTrue(grid.columns.allSatisfy { $0.start + 64 <= 1000 })
  }

  func testEqualTilesComputeLittleTwice() {
    for (width, height, area, overlap) in [
      (1154, 866, 300_000, 16), (6000, 4000, 524_288, 16), (170, 170, 524_288, 16), (3, 20_000, 4096, 27),
      (50_000, 40, 65_536, 10), (1, 1, 64, 8), (640, 480, 2_000, 16),
    ] {
      let grid = TileGrid(picture: PixelSize(width: width, height: height), area: area, overlap: overlap)
      XCTAssertLessThanOrEqual(grid.tile.area, max(area, (2 * overlap + 16) * (2 * overlap + 16)))
      for (cuts, length, tile) in [(grid.columns, width, grid.tile.width), (grid.rows, height, grid.tile.height)] {
        XCTAssertEqual(cuts.first?.core.lowerBound, 0)
        XCTAssertEqual(cuts.last?.core.upperBound, length)
        for (a, b) in zip(cuts, cuts.dropFirst()) { XCTAssertEqual(a.core.upperBound, b.core.lowerBound) }
        for cut in cuts {
          XCTAssertGreaterThanOrEqual(cut.start, 0)
          XCTAssertLessThanOrEqual(cut.start + tile, max(3, length))
          XCTAssertTrue(cut.start == 0 || cut.core.lowerBound - cut.start >= overlap)
          XCTAssertTrue(cut.start + tile >= length || cut.start + tile - cut.core.upperBound >= overlap)
        }
      }
    }
    // Padding to three rows is computed too.
    let line = TileGrid(picture: PixelSize(width: 1_000_000, height: 1), area: 262_144, overlap: 16)
    XCTAssertLessThanOrEqual(line.tile.area, 262_144)
    let photo = TileGrid(picture: PixelSize(width: 1154, height: 866), area: 524_288, overlap: 16)
    XCTAssertLessThan(Double(photo.count * photo.tile.area), 1.03 * 1154 * 866)
  }
}
