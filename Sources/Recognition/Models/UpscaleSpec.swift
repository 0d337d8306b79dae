/// Scale and context of a super-resolution network.
public struct UpscaleSpec: Sendable, Codable, Hashable {
  /// Factor of width and height.
  public var scale: Int
  /// Radius, in input pixels, on which an output pixel depends: the overlap of tiles.
  public var overlap: Int
  /// Name of the model for clean pictures, if that is another one; see `CleanPictures`.
  public var clean: String?

  public init(scale: Int, overlap: Int) {
    self.scale = scale
    self.overlap = overlap
  }
}
