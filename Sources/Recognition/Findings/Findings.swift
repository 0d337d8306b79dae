/// What one task found in one image.
public enum Findings: Sendable, Equatable {
  /// The best classes, the likeliest first.
  case labels([Label])
  /// Things with a place, the surest first.
  case detections([Detection])
  /// Parts of the picture, pixel by pixel.
  case segments([Segment])
  /// The picture as a vector; empty where there is none.
  case embedding([Float])
  /// Numbers that were measured, in the order in which they are told.
  case measures([Measure])
  /// The picture was enlarged and is in a file.
  case upscaled(Upscaled)
}

/// A class of a classifier.
public struct Label: Sendable, Equatable {
  public var label: String
  /// The class's place in the network's output.
  public var id: Int
  /// A probability.
  public var score: Float

  public init(label: String, id: Int, score: Float) {
    self.label = label
    self.id = id
    self.score = score
  }
}

/// A number and its name.
public struct Measure: Sendable, Equatable {
  public var name: String
  public var value: Double

  public init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}
