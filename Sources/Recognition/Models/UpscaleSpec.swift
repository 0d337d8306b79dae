/// What a network for super-resolution makes of a picture.
public struct UpscaleSpec: Sendable, Codable, Hashable {
  /// How many times wider and higher.
  public var scale: Int
  /// How many pixels of the input around a pixel decide it: the overlap of tiles.
  public var overlap: Int

  public init(scale: Int, overlap: Int) {
    self.scale = scale
    self.overlap = overlap
  }
}
