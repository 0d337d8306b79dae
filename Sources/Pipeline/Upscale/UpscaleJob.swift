import Codecs
import Platform
import Recognition

/// A picture that is being upscaled: its tiles go to the networks, their results are collected in bands of rows, and one
/// encoder takes the bands in order.
///
/// Unchecked: what changes after decoding is in `state`.
final class UpscaleJob: ChannelElement, @unchecked Sendable {
  let index: Int
  let path: RawPath
  let picture: Picture
  let facts: ImageFacts
  let timings: Timings
  let warnings: [String]
  let output: (path: RawPath?, kind: EncodedFormat)
  let grid: TileGrid
  let scale: Int
  let network: UpscaleNetwork
  /// Bytes of the memory budget that it holds until it is encoded.
  let charge: Int
  /// Channels of the bands.
  let bandOrder: ChannelOrder
  let cost = 1

  private struct State {
    var open = 0
    var ready: [Int: Band] = [:]
    var failure: Failure?
    /// Whether the run was stopped before the picture was complete.
    var isDropped = false
    var inferSeconds = 0.0

    var isOver: Bool { failure != nil || isDropped }
  }
  private let state = Monitor(State())

  /// Maximum number of open bands: one is encoded while the next is filled.
  static let maxBands = 2

  init(
    item: (index: Int, path: RawPath), picture: Picture, facts: ImageFacts, timings: Timings, warnings: [String],
    output: (path: RawPath?, kind: EncodedFormat), grid: TileGrid, scale: Int, network: UpscaleNetwork, charge: Int,
    bandOrder: ChannelOrder
  ) {
    (index, path) = item
    self.picture = picture
    self.facts = facts
    self.timings = timings
    self.warnings = warnings
    self.output = output
    self.grid = grid
    self.scale = scale
    self.network = network
    self.charge = charge
    self.bandOrder = bandOrder
  }

  var outputSize: PixelSize {
    PixelSize(width: picture.pixels.size.width * scale, height: picture.pixels.size.height * scale)
  }

  /// Waits until the next band may be opened; nil if the job failed or was dropped.
  func openBand(_ row: Int) -> Band? {
    let mayContinue = state.wait(
      until: { $0.open < Self.maxBands || $0.isOver },
      { state in
        if !state.isOver { state.open += 1 }
        return !state.isOver
      })
    guard mayContinue else { return nil }
    let core = grid.rows[row].core
    let size = PixelSize(width: outputSize.width, height: core.count * scale)
    return Band(
      row: row, top: core.lowerBound * scale, pixels: PixelBuffer(size: size, order: bandOrder),
      tiles: grid.columns.count)
  }

  /// Counts a tile whose pixels are in its band.
  func countTile(of band: Band, seconds: Double) {
    state.update {
      $0.inferSeconds += seconds
      band.left -= 1
      if band.left == 0 { $0.ready[band.row] = band }
    }
  }

  /// Fails the job; the first failure is reported.
  func fail(_ failure: Failure) {
    state.update { $0.failure = $0.failure ?? failure }
  }

  /// Drops the job: its tiles and bands that are still under way are of no use.
  func drop() { state.update { $0.isDropped = true } }

  /// Whether it failed or was dropped.
  var isOver: Bool { state.withLock { $0.isOver } }

  /// Waits for a complete band; nil if the job was dropped. Throws the failure of the job.
  func takeBand(_ row: Int) throws(Failure) -> Band? {
    let found: Result<Band?, Failure> = state.wait(
      until: { $0.ready[row] != nil || $0.isOver },
      { state in
        if let failure = state.failure { return .failure(failure) }
        return .success(state.isDropped ? nil : state.ready.removeValue(forKey: row))
      })
    return try found.get()
  }

  func closeBand() { state.update { $0.open -= 1 } }

  /// The record.
  func outcome(_ result: Result<[Answer], Failure>, warnings more: [String] = []) -> Outcome {
    var outcome = Outcome(index: index, path: path, result: result)
    outcome.facts = facts
    outcome.timings = timings
    outcome.timings.infer = state.withLock { $0.inferSeconds } * 1000
    outcome.warnings = warnings + more
    return outcome
  }
}
