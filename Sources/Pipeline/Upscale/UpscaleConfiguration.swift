import Codecs
import Platform
import Recognition

/// The resolved configuration of a run of `imgrec upscale`.
public struct UpscaleConfiguration {
  public let model: LoadedModel
  public var spec: UpscaleSpec
  public let instances: [any Engine]
  /// `model`, with `instances`.
  let network: UpscaleNetwork
  /// The network for clean pictures, if the model was not named; nil: all pictures go through `model`.
  public var clean: CleanPictures?
  public var names: OutputNames
  public var onExists: OnExists = .error
  public var quality = 92
  /// Side of a tile in pixels; nil: the best shape for each picture, of as many pixels as the card's.
  public var tile: Int?
  /// Larger inputs are reduced to this many pixels first.
  public var maxInput: Int?
  /// Whether to write a side-by-side comparison beside each result.
  public var compares = false
  /// Whether all output names are known to differ; otherwise that is checked as inputs come.
  public var namesAreDistinct = false
  public var limits = DecodeLimits()
  public var workers = 1
  public var maxBatch = Int.max
  /// Maximum input pixels in one run of the network; nil: the card's default.
  public var batchPixels: Int?
  public var memory = 1 << 30
  public var maxFileSize = 256 << 20
  public var keepsOrder = true
  public var failureBudget = FailureBudget.unlimited

  public init(model: LoadedModel, spec: UpscaleSpec, instances: [any Engine], names: OutputNames) {
    precondition(!instances.isEmpty)
    self.model = model
    self.spec = spec
    self.instances = instances
    network = UpscaleNetwork(model, instances)
    self.names = names
  }

  /// The largest tile; without `tile`, only its area counts.
  public var tileSize: PixelSize {
    let input = model.card.input
    guard let tile, !input.hasFixedShape else { return PixelSize(width: input.width, height: input.height) }
    return PixelSize(width: tile, height: tile)
  }

  /// A card's tile is as much as its network should hold at once: two of the largest are no batch. A fixed shape comes
  /// from the file and sets no such bound.
  var batchBudget: Int {
    let input = model.card.input
    return batchPixels ?? (input.hasFixedShape ? 256_000 : min(256_000, input.width * input.height))
  }

  /// The tiles of a picture of `size`.
  func grid(for size: PixelSize) -> TileGrid {
    let isFixed = model.card.input.hasFixedShape
    if tile == nil, !isFixed { return TileGrid(picture: size, area: tileSize.area, overlap: spec.overlap) }
    return TileGrid(picture: size, tile: tileSize, overlap: spec.overlap, isFixed: isFixed)
  }

  /// Whether the network takes luma only.
  var isBrightnessOnly: Bool { model.card.input.channels == .grey }

  /// Channel order of colour pictures in memory.
  var pictureOrder: ChannelOrder { isBrightnessOnly ? .rgb : model.card.input.channels }
}

extension UpscaleConfiguration {
  /// The size to which a picture is reduced first.
  func inputSize(of size: PixelSize) -> PixelSize {
    guard let maxInput, size.area > maxInput else { return size }
    let factor = (Double(maxInput) / Double(size.area)).squareRoot()
    return PixelSize(
      width: max(1, Int(Double(size.width) * factor)), height: max(1, Int(Double(size.height) * factor)))
  }

  /// Bytes that a picture of `size` holds while it is upscaled.
  ///
  /// Throws `unsupported` if the format has no such size, `tooManyPixels` if it needs more than `memory`.
  func memoryNeeded(_ size: PixelSize, cut grid: TileGrid, kind: EncodedFormat) throws(Failure) -> Int {
    let scale = spec.scale
    let result = PixelSize(width: size.width * scale, height: size.height * scale)
    guard max(result.width, result.height) <= kind.longestSide else {
      throw Failure(
        .write, .unsupported,
        "the result has \(result.width)x\(result.height) pixels; a side of a \(kind.rawValue) has at most "
          + "\(kind.longestSide)\(kind == .png ? "" : " (--format png)")")
    }
    let rows = min(size.height, grid.tile.height) * scale
    let bands = result.width * rows * 3 * UpscaleJob.maxBands
    let composer = BandComposer.memory(from: size, to: result, rows: rows)
    let writer = StreamingEncoder.memory(kind, size: result, channels: 4)
    if kind == .webp, writer > memory {
      throw Failure(
        .write, .tooManyPixels,
        "a WebP of \(result.width)x\(result.height) takes \(writer >> 20) MiB, more than --memory; a JPEG or PNG does not"
      )
    }
    let needed = size.area * 4 + bands + composer + writer
    try MemoryBudget.check(needed, budget: memory, stage: .write, "a result of \(result.width)x\(result.height) pixels")
    return needed
  }

  /// The answer of a record; `network` is the one that upscaled the picture.
  func answer(_ upscaled: Upscaled, by network: UpscaleNetwork) -> Answer {
    Answer(task: .upscale, model: network.model.reference, findings: .upscaled(upscaled))
  }

  /// The network for a picture from a file of `format`. Throws if a network fails on its samples.
  func network(for picture: PixelBuffer, format: ImageFormat?) throws(Failure) -> UpscaleNetwork {
    guard let clean, try clean.contains(picture, format: format) else { return network }
    return clean.network
  }
}
