import Platform

/// The earlier image that an image is similar to.
public struct SimilarMatch: Sendable, Equatable {
  public var path: RawPath
  /// Number of bits in which the perceptual hashes differ.
  public var distance: Int

  public init(path: RawPath, distance: Int) {
    self.path = path
    self.distance = distance
  }
}
