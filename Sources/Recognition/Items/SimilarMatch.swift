import Platform

/// An earlier image that looks like this one.
public struct SimilarMatch: Sendable, Equatable {
  public var path: RawPath
  /// Bits in which the perceptual hashes differ.
  public var distance: Int

  public init(path: RawPath, distance: Int) {
    self.path = path
    self.distance = distance
  }
}
