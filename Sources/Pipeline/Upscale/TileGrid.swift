import Recognition

/// Overlapping tiles of one shape that cover a picture, so that every pixel of the result is computed from all the pixels
/// that it depends on.
struct TileGrid {
  /// One tile along one axis.
  struct Cut: Equatable {
    /// First pixel of the tile.
    var start: Int
    /// The tile's core: the output it contributes, overlap excluded.
    var core: Range<Int>
  }

  /// Size of every tile; smaller than requested if the picture is smaller.
  let tile: PixelSize
  /// Smaller pictures are padded: networks that see little but their own padding change the colour.
  private static let minSide = 3
  let columns: [Cut]
  let rows: [Cut]

  /// `isFixed`: the network takes `tile` only, and a smaller picture is padded.
  init(picture: PixelSize, tile requested: PixelSize, overlap: Int, isFixed: Bool) {
    tile =
      isFixed
      ? requested
      : PixelSize(
        width: max(Self.minSide, min(requested.width, picture.width)),
        height: max(Self.minSide, min(requested.height, picture.height)))
    columns = Self.cuts(length: picture.width, tile: requested.width, overlap: overlap)
    rows = Self.cuts(length: picture.height, tile: requested.height, overlap: overlap)
  }

  /// Cuts `picture` into equal tiles of at most `area` pixels, with the fewest pixels computed twice.
  init(picture: PixelSize, area: Int, overlap: Int) {
    let minSide = 2 * overlap + 16
    // The tiles of a picture of one or two rows (or columns) are padded, and the padding is computed too.
    let unpadded = area * min(picture.width, Self.minSide) * min(picture.height, Self.minSide)
    let area = max(unpadded / (Self.minSide * Self.minSide), minSide * minSide)
    // Bands are as wide as the picture and as high as a tile, and are held in memory: no tall tiles.
    let tallest = max(minSide, Int(Double(area).squareRoot() * 1.5))
    var best = (tile: picture, cost: Int.max)
    for columns in 1...picture.width {
      let width = Self.side(picture.width, columns, overlap)
      if columns > 1, width < minSide { break }
      let limit = min(tallest, area / width)
      guard limit >= min(minSide, picture.height) else { continue }
      let rows =
        picture.height <= limit
        ? 1 : (picture.height - 2 * overlap + limit - 2 * overlap - 1) / (limit - 2 * overlap)
      let height = Self.side(picture.height, rows, overlap)
      let cost = columns * width * rows * height
      if cost < best.cost { best = (PixelSize(width: width, height: height), cost) }
    }
    self.init(picture: picture, tile: best.tile, overlap: overlap, isFixed: false)
  }

  /// The side of `count` equal tiles that overlap and cover `length` together.
  private static func side(_ length: Int, _ count: Int, _ overlap: Int) -> Int {
    min(length, (length + 2 * overlap * (count - 1) + count - 1) / count)
  }

  var count: Int { columns.count * rows.count }

  /// The last tile of an axis is moved back until it fits, so that its far side is the picture's own.
  static func cuts(length: Int, tile: Int, overlap: Int) -> [Cut] {
    precondition(tile > 2 * overlap || tile >= length)
    var cuts: [Cut] = []
    var from = 0
    while from < length {
      let start = max(0, min(from - overlap, length - tile))
      let end = start + tile >= length ? length : start + tile - overlap
      cuts.append(Cut(start: start, core: from..<end))
      from = end
    }
    return cuts
  }
}
