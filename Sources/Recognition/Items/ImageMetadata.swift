/// Metadata of a picture that survives a change of format.
public struct ImageMetadata: Sendable, Equatable {
  /// EXIF data: a TIFF stream without the prefix "Exif\0\0".
  public var exif: [UInt8]?
  /// An ICC profile.
  public var profile: [UInt8]?
  /// An XMP packet, which only WebP gets.
  public var xmp: [UInt8]?
  /// Pixels per metre.
  public var density: Density?

  public struct Density: Sendable, Equatable {
    public var x: Double
    public var y: Double

    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  public init() {}
}
