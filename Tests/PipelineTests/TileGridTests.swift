import XCTest

@testable import Pipeline
@testable import Platform
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
    let photo = TileGrid(picture: PixelSize(width: 1154, height: 866), area: 524_288, overlap: 16)
    XCTAssertLessThan(Double(photo.count * photo.tile.area), 1.03 * 1154 * 866)
  }
}

final class OutputNamesTests: XCTestCase {
  private func names(_ roots: String..., kind: String? = nil) -> OutputNames {
    OutputNames(
      target: .folder(RawPath("out")), kind: kind.flatMap { .init(rawValue: $0) }, roots: roots.map { RawPath($0) })
  }

  private func output(_ names: OutputNames, _ path: String) -> String? {
    names.output(for: RawPath(path)).path?.description
  }

  func testTreesAreKeptBelowTheirRoots() {
    let names = names("photos/", "one/b.jpg", ".")
    XCTAssertEqual(output(names, "photos/2024/a.jpg"), "out/2024/a.jpg")
    XCTAssertEqual(output(names, "one/b.jpg"), "out/b.jpg")
    XCTAssertEqual(output(names, "./sub/c.png"), "out/sub/c.png")
    XCTAssertEqual(output(names, "../../etc/x.webp"), "out/etc/x.webp", "nothing leads out of the folder")
    XCTAssertEqual(output(names, "/abs/y.JPEG"), "out/abs/y.JPEG")
  }

  func testEndings() {
    XCTAssertEqual(output(names("p"), "p/a.tif"), "out/a.png")
    XCTAssertEqual(output(names("p"), "p/noextension"), "out/noextension.png")
    XCTAssertEqual(output(names("p"), "p/v1.2"), "out/v1.2.png")
    XCTAssertEqual(output(names("p", kind: "jpeg"), "p/a.png"), "out/a.jpg")
    XCTAssertEqual(output(names("p", kind: "jpeg"), "p/a.jpeg"), "out/a.jpeg")
  }

  func testCollisionsAreFoundWithTheirInputs() throws {
    let list = ["p/a.jpg", "p/b.jpg", "p/a.png"]
    let found = try names("p", kind: "png").collisions { Listed(list) }
    XCTAssertEqual(found.map(\.output.description), ["out/a.png"])
    XCTAssertEqual(found.first?.inputs.map(\.description), ["p/a.jpg", "p/a.png"])
    XCTAssertTrue(try names("p").collisions { Listed(list) }.isEmpty)
  }

  private final class Listed: Feed {
    private var left: [String]
    private var index = 0
    init(_ names: [String]) { left = names.reversed() }
    func next() -> Item? {
      guard let name = left.popLast() else { return nil }
      defer { index += 1 }
      return Item(index: index, path: RawPath(name))
    }
  }
}
