/// A segmented part of the picture.
public struct Segment: Sendable, Equatable {
  public var label: String
  /// Index of its class among the model's labels; nil if the model has one class only.
  public var id: Int?
  /// The mean probability inside.
  public var score: Float
  /// In pixels of the upright image.
  public var box: Box
  /// Number of pixels of the upright image inside.
  public var area: Int
  public var mask: RunLengthMask
  /// File of the mask, which records name instead of the run lengths.
  public var file: String?
  /// The network's map, for cut-outs with soft edges.
  public var map: SoftMask?

  public init(
    label: String, id: Int? = nil, score: Float, box: Box, area: Int, mask: RunLengthMask, map: SoftMask? = nil
  ) {
    self.label = label
    self.id = id
    self.score = score
    self.box = box
    self.area = area
    self.mask = mask
    self.map = map
  }
}
