import Platform

/// A picture that was enlarged.
public struct Upscaled: Sendable, Equatable {
  /// Where it is; empty for standard output.
  public var file: RawPath
  public var size: PixelSize
  public var scale: Int
  /// Runs of the network that made it.
  public var tiles: Int
  /// The file was there already and was left as it is; nothing else is known of it.
  public var isKept: Bool

  public init(file: RawPath, size: PixelSize, scale: Int, tiles: Int, isKept: Bool = false) {
    self.file = file
    self.size = size
    self.scale = scale
    self.tiles = tiles
    self.isKept = isKept
  }
}
