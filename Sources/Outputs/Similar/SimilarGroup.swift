import Platform
import Recognition

/// Images that are near duplicates, the one to keep first.
public struct SimilarGroup: Sendable {
  public struct Image: Sendable {
    public var path: RawPath
    /// Upright.
    public var size: PixelSize
    /// Length of the file.
    public var bytes: Int
    /// Nanoseconds since 1970; 0 if it is not known.
    public var modified: Int64
    /// Distance of its hash from that of the first image, in bits.
    public var distance: Int
    /// Whether its mirror image is meant.
    public var isMirrored: Bool

    public init(
      path: RawPath, size: PixelSize, bytes: Int, modified: Int64, distance: Int, isMirrored: Bool = false
    ) {
      self.path = path
      self.size = size
      self.bytes = bytes
      self.modified = modified
      self.distance = distance
      self.isMirrored = isMirrored
    }
  }

  /// At least two.
  public var images: [Image]

  public init(_ images: [Image]) { self.images = images }
}

/// The formats in which groups are written.
public enum SimilarFormat: String, CaseIterable, Sendable {
  case jsonl, json, csv, table, paths
}
