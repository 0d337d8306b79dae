import Recognition

/// How a picture is cut into tiles of one shape that overlap, so that every pixel of the result is made from all the
/// pixels that decide it.
struct TileGrid {
  /// A piece of one axis.
  struct Cut: Equatable {
    /// Where the tile begins.
    var start: Int
    /// The pixels that this tile answers for.
    var core: Range<Int>
  }

  /// What every tile has; less than was asked for where the picture is smaller.
  let tile: PixelSize
  let columns: [Cut]
  let rows: [Cut]

  /// `isFixed`: the network takes `tile` only, and a smaller picture is padded.
  init(picture: PixelSize, tile wanted: PixelSize, overlap: Int, isFixed: Bool) {
    tile =
      isFixed
      ? wanted : PixelSize(width: min(wanted.width, picture.width), height: min(wanted.height, picture.height))
    columns = Self.cuts(length: picture.width, tile: wanted.width, overlap: overlap)
    rows = Self.cuts(length: picture.height, tile: wanted.height, overlap: overlap)
  }

  var count: Int { columns.count * rows.count }

  /// The last tile of an axis is moved back until it fits, so that its far side is the picture's own.
  static func cuts(length: Int, tile: Int, overlap: Int) -> [Cut] {
    precondition(tile > 2 * overlap)
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
