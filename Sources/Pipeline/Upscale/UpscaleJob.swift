import Codecs
import Inputs
import Platform
import Recognition

/// A picture that is being enlarged: its tiles go to the networks, their results come together in bands of rows, and
/// one encoder takes the bands in order.
final class UpscaleJob: ChannelElement, @unchecked Sendable {  // what changes after the decoder is in `state`
  let index: Int
  let path: RawPath
  let picture: Picture
  let facts: ImageFacts
  let timings: Timings
  let warnings: [String]
  let output: (path: RawPath?, kind: EncodedFormat)
  let grid: TileGrid
  let scale: Int
  /// What it holds of the run's memory until it is encoded.
  let charge: Int
  /// Samples of a pixel in the bands.
  let bandOrder: ChannelOrder
  let cost = 1

  private struct State {
    var open = 0
    var ready: [Int: Band] = [:]
    var failure: Failure?
    var inferSeconds = 0.0
  }
  private let state = Monitor(State())

  /// The bands that may be under way at once: one is encoded while the next is filled.
  static let maxBands = 2

  init(
    item: (index: Int, path: RawPath), picture: Picture, facts: ImageFacts, timings: Timings, warnings: [String],
    output: (path: RawPath?, kind: EncodedFormat), grid: TileGrid, scale: Int, charge: Int, bandOrder: ChannelOrder
  ) {
    (index, path) = item
    self.picture = picture
    self.facts = facts
    self.timings = timings
    self.warnings = warnings
    self.output = output
    self.grid = grid
    self.scale = scale
    self.charge = charge
    self.bandOrder = bandOrder
  }

  var outputSize: PixelSize {
    PixelSize(width: picture.pixels.size.width * scale, height: picture.pixels.size.height * scale)
  }

  /// Waits until there is room for the next band; nil when the job failed.
  func openBand(_ row: Int) -> Band? {
    let mayGoOn = state.wait(
      until: { $0.open < Self.maxBands || $0.failure != nil },
      { state in
        if state.failure == nil { state.open += 1 }
        return state.failure == nil
      })
    guard mayGoOn else { return nil }
    let core = grid.rows[row].core
    let size = PixelSize(width: outputSize.width, height: core.count * scale)
    return Band(
      row: row, top: core.lowerBound * scale, pixels: PixelBuffer(size: size, order: bandOrder),
      tiles: grid.columns.count)
  }

  /// Said for each tile of a band when its pixels are in.
  func complete(_ band: Band, seconds: Double) {
    state.update {
      $0.inferSeconds += seconds
      band.left -= 1
      if band.left == 0 { $0.ready[band.row] = band }
    }
  }

  /// The first failure counts.
  func fail(_ failure: Failure) {
    state.update { $0.failure = $0.failure ?? failure }
  }

  var isFailed: Bool { state.withLock { $0.failure != nil } }

  /// Waits for the band. Throws what failed instead.
  func takeBand(_ row: Int) throws(Failure) -> Band {
    let found: Result<Band, Failure> = state.wait(
      until: { $0.ready[row] != nil || $0.failure != nil },
      { state in
        if let failure = state.failure { return .failure(failure) }
        return .success(state.ready.removeValue(forKey: row)!)
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

/// Rows of the result that one row of tiles makes.
final class Band: @unchecked Sendable {  // each tile writes a part of its own; `left` is its job's
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

/// A tile on its way to a network.
struct Tile: ChannelElement {
  let job: UpscaleJob
  let band: Band
  let column: Int
  let slot: PixelBuffer

  var cost: Int { slot.size.area }
}

/// Bytes of a file on their way to a decoder.
final class EncodedPicture: ChannelElement, @unchecked Sendable {  // one owner at a time
  let index: Int
  let path: RawPath
  let output: (path: RawPath?, kind: EncodedFormat)
  let bytes: FileBuffer
  var facts = ImageFacts()
  var timings = Timings()
  var warnings: [String] = []
  let cost: Int

  init(item: Item, output: (path: RawPath?, kind: EncodedFormat), bytes: FileBuffer) {
    index = item.index
    path = item.path
    self.output = output
    self.bytes = bytes
    cost = bytes.capacity
  }

  func outcome(failing failure: Failure) -> Outcome {
    var outcome = Outcome(index: index, path: path, result: .failure(failure))
    outcome.facts = facts
    outcome.timings = timings
    outcome.warnings = warnings
    return outcome
  }
}
