import Platform
import Recognition

/// Tiles -> pixels of bands, in batches of what is ready.
struct UpscaleInferenceStage {
  let tiles: Channel<Tile>.Receiver
  /// Index of the worker, and so of its engine in each network.
  let worker: Int
  let configuration: UpscaleConfiguration
  let estimator: DurationEstimator
  let slots: SlotPool
  let control: RunControl

  func run() {
    while true {
      let batch = tiles.receive(
        atMost: min(configuration.maxBatch, configuration.instances[worker].maxBatch),
        budget: configuration.batchBudget,
        alike: { $0.slot.size == $1.slot.size && $0.job.network === $1.job.network })
      guard !batch.isEmpty else { return }
      if control.stop.dropsWaiting { for tile in batch { tile.job.drop() } }
      infer(batch.filter { !$0.job.isOver })
      for tile in batch { slots.release(tile.slot) }
    }
  }

  /// Runs the network on a batch. One that fails is repeated tile by tile, so that one picture cannot make its
  /// neighbours fail.
  private func infer(_ batch: [Tile]) {
    guard !batch.isEmpty else { return }
    let start = monotonicSeconds()
    do throws(Failure) {
      let engine = try batch[0].job.network.engine(worker)
      try engine.infer(batch.map(\.slot)) { (outputs) throws(Failure) in
        for (n, tile) in batch.enumerated() { try copyCore(of: tile, in: outputs, image: n) }
      }
    } catch {
      guard !control.stop.dropsWaiting else {
        for tile in batch { tile.job.drop() }
        return
      }
      guard batch.count == 1 else {
        for tile in batch { infer([tile]) }
        return
      }
      return batch[0].job.fail(error)
    }
    let seconds = monotonicSeconds() - start
    control.metrics.count {
      $0.count(seconds, in: .infer)
      $0.batches.observe(Double(batch.count))
    }
    for tile in batch { tile.job.countTile(of: tile.band, seconds: seconds / Double(batch.count)) }
    estimator.add(tiles: batch.count, pixels: batch.reduce(0) { $0 + $1.slot.size.area }, seconds: seconds)
  }

  /// Copies the tile's core into its band.
  private func copyCore(of tile: Tile, in outputs: Outputs, image: Int) throws(Failure) {
    let input = tile.job.network.model.card.input
    let (job, scale) = (tile.job, configuration.spec.scale)
    let result = try UpscaleHead.tile(
      in: outputs, image: image, slot: tile.slot.size, channels: input.channels.count, scale: scale)
    let (column, row) = (job.grid.columns[tile.column], job.grid.rows[tile.band.row])
    let part = PixelRect(
      x: (column.core.lowerBound - column.start) * scale, y: (row.core.lowerBound - row.start) * scale,
      width: column.core.count * scale, height: row.core.count * scale)
    let band = tile.band.pixels
    result.unpack(
      part, width: tile.slot.size.width * scale, input, into: band,
      at: column.core.lowerBound * scale * band.order.count)
  }
}
