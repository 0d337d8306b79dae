import CPixels
import Platform
import Recognition

/// Tiles -> pixels of bands, in batches of what is ready.
struct UpscaleInferenceStage {
  let tiles: Channel<Tile>.Receiver
  let engine: any Engine
  let configuration: UpscaleConfiguration
  let estimator: DurationEstimator
  let slots: SlotPool
  let control: RunControl

  func run() {
    while true {
      let batch = tiles.receive(
        atMost: min(configuration.maxBatch, engine.maxBatch), budget: configuration.batchBudget,
        alike: { $0.slot.size == $1.slot.size })
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
      $0.inferSeconds += seconds
      $0.batches += 1
      $0.batchedImages += batch.count
    }
    for tile in batch { tile.job.countTile(of: tile.band, seconds: seconds / Double(batch.count)) }
    estimator.add(tiles: batch.count, pixels: batch.reduce(0) { $0 + $1.slot.size.area }, seconds: seconds)
  }

  /// Copies the tile's core into its band.
  private func copyCore(of tile: Tile, in outputs: Outputs, image: Int) throws(Failure) {
    let input = configuration.model.card.input
    let (job, scale, channels) = (tile.job, configuration.spec.scale, input.channels.count)
    let result = try UpscaleHead.tile(
      in: outputs, image: image, slot: tile.slot.size, channels: channels, scale: scale)
    let (column, row) = (job.grid.columns[tile.column], job.grid.rows[tile.band.row])
    let width = tile.slot.size.width * scale
    let (x, y) = ((column.core.lowerBound - column.start) * scale, (row.core.lowerBound - row.start) * scale)
    var samples = cpixels_samples()
    samples.step = result.isInterleaved ? channels : 1
    samples.row = width * samples.step
    samples.plane = result.isInterleaved ? 1 : width * tile.slot.size.height * scale
    samples.values = result.values.baseAddress! + y * samples.row + x * samples.step
    let band = tile.band.pixels
    cpixels_unpack(
      samples, Int32(column.core.count * scale), Int32(row.core.count * scale), Int32(channels), input.mean,
      input.scale, band.order == .grey, input.channels == .bgr,
      band.base + column.core.lowerBound * scale * band.order.count, band.stride)
  }
}
