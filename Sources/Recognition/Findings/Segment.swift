/// A part of the picture.
public struct Segment: Sendable, Equatable {
  public var label: String
  /// The mean probability inside.
  public var score: Float
  /// In pixels of the upright image.
  public var box: Box
  /// Pixels of the upright image inside.
  public var area: Int
  public var mask: RunLengthMask
  /// A file that holds the mask, told in its place.
  public var file: String?
  /// The network's own map, for cutouts with soft edges.
  public var map: SoftMask?

  public init(label: String, score: Float, box: Box, area: Int, mask: RunLengthMask, map: SoftMask? = nil) {
    self.label = label
    self.score = score
    self.box = box
    self.area = area
    self.mask = mask
    self.map = map
  }
}
