import Platform

/// The earlier image that an image is similar to.
public struct SimilarMatch: Sendable, Equatable {
  public var path: RawPath
  /// The page of its file, from 1, if each page has a record.
  public var page: Int?
  /// Number of bits in which the perceptual hashes differ.
  public var distance: Int

  public init(path: RawPath, page: Int? = nil, distance: Int) {
    self.path = path
    self.page = page
    self.distance = distance
  }
}
