import CPixels
import Recognition

/// Pictures -> tiles, one band after another.
struct TileStage {
  /// Two, so that a large picture whose bands wait for their encoder does not hold up the small ones behind it.
  static let workers = 2

  let jobs: Channel<UpscaleJob>.Receiver
  let tiles: Channel<Tile>.Sender
  let encoding: Channel<UpscaleJob>.Sender
  let completions: Channel<Completion>.Sender
  /// Of the slots.
  let channels: ChannelOrder
  let estimator: DurationEstimator
  let buffers: Buffers
  let control: RunControl

  func run() {
    while let job = jobs.receive() {
      guard !control.stop.isRequested else {
        buffers.memory.release(job.charge)
        completions.send(.dropped(index: job.index))
        continue
      }
      estimator.begin(pixels: job.grid.count * job.grid.tile.area)
      encoding.send(job)
      for row in job.grid.rows.indices {
        guard let band = job.openBand(row) else { break }
        for column in job.grid.columns.indices {
          if control.stop.dropsWaiting { job.drop() }
          if job.isOver { break }
          let slot = buffers.slots.acquire(size: job.grid.tile, order: channels)
          slot.fill(
            from: job.picture.pixels, x: job.grid.columns[column].start, y: job.grid.rows[row].start)
          tiles.send(Tile(job: job, band: band, column: column, slot: slot))
        }
      }
    }
  }
}

extension PixelBuffer {
  /// Fills this slot from a part of `picture`, in the slot's channels; outside the picture the border is repeated.
  func fill(from picture: PixelBuffer, x: Int, y: Int) {
    let source = picture.order.count
    let target = order.count
    let inside = min(size.width, picture.size.width - x)
    for row in 0..<size.height {
      let from = picture.base + min(y + row, picture.size.height - 1) * picture.stride + x * source
      let to = base + row * stride
      if source == target {
        to.update(from: from, count: inside * source)
      } else if source == 1 {
        cpixels_spread(from, to, inside)
      } else {
        cpixels_grey(from, to, inside, picture.order == .bgr)
      }
      for column in inside..<max(inside, size.width) {
        for c in 0..<target { to[column * target + c] = to[(inside - 1) * target + c] }
      }
    }
  }
}
