import Platform

/// An upscaled picture.
public struct Upscaled: Sendable, Equatable {
  /// Path of its file; empty for standard output.
  public var file: RawPath
  public var size: PixelSize
  public var scale: Int
  /// Number of network runs that made it.
  public var tiles: Int
  /// Whether the file existed and was left as it is; its size is not known then.
  public var isKept: Bool

  public init(file: RawPath, size: PixelSize, scale: Int, tiles: Int, isKept: Bool = false) {
    self.file = file
    self.size = size
    self.scale = scale
    self.tiles = tiles
    self.isKept = isKept
  }
}
