import Codecs
import Platform
import Recognition

/// Everything that was chosen for a run of `imgrec upscale`.
public struct UpscaleConfiguration {
  public var model: LoadedModel
  public var spec: UpscaleSpec
  public var instances: [any Engine]
  public var names: OutputNames
  public var onExists: OnExists = .error
  public var quality = 92
  /// The side of a tile; nil: what suits each picture, of as many pixels as the card's.
  public var tile: Int?
  /// Larger inputs are reduced to this many pixels first.
  public var maxInput: Int?
  /// Writes a picture for eyes beside each result.
  public var compares = false
  /// Whether no two inputs want one name; else that is looked after as they come.
  public var namesAreDistinct = false
  public var limits = DecodeLimits()
  public var workers = 1
  public var maxBatch = Int.max
  /// The most input pixels in a run of the network; nil: what suits the card.
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
    self.names = names
  }

  /// The largest tile; without `tile`, its pixels count and not its shape.
  public var tileSize: PixelSize {
    let input = model.card.input
    guard let tile, !input.hasFixedShape else { return PixelSize(width: input.width, height: input.height) }
    return PixelSize(width: tile, height: tile)
  }

  /// A card's tile is as much as its network should hold at once: two of the largest are no batch. A fixed shape is the
  /// file's, and says nothing of that.
  var batchBudget: Int {
    let input = model.card.input
    return batchPixels ?? (input.hasFixedShape ? 256_000 : min(256_000, input.width * input.height))
  }

  /// How a picture is cut.
  func grid(for size: PixelSize) -> TileGrid {
    let isFixed = model.card.input.hasFixedShape
    if tile == nil, !isFixed { return TileGrid(picture: size, area: tileSize.area, overlap: spec.overlap) }
    return TileGrid(picture: size, tile: tileSize, overlap: spec.overlap, isFixed: isFixed)
  }

  /// Whether the network sees the brightness alone.
  var isBrightnessOnly: Bool { model.card.input.channels == .grey }

  /// How pictures in colour are held.
  var pictureOrder: ChannelOrder { isBrightnessOnly ? .rgb : model.card.input.channels }
}
