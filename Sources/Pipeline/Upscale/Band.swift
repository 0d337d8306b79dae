import Recognition

/// Rows of the result that one row of tiles fills.
///
/// Unchecked: each tile writes a part of its own; `left` is accessed under the job's lock.
final class Band: @unchecked Sendable {
  let row: Int
  /// The first of its rows in the result.
  let top: Int
  let pixels: PixelBuffer
  var left: Int

  init(row: Int, top: Int, pixels: PixelBuffer, tiles: Int) {
    self.row = row
    self.top = top
    self.pixels = pixels
    left = tiles
  }
}

/// A tile in a network's slot.
struct Tile: ChannelElement {
  let job: UpscaleJob
  let band: Band
  let column: Int
  let slot: PixelBuffer

  var cost: Int { slot.size.area }
}
